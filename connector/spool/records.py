"""The records of a spool file: length and checksum of a body, then the body. Pure.

A process that is killed leaves its last record whole or not at all, or, where a disk was full, its beginning only. So
what ends too early was never reported as stored and is left out; what is complete and does not match is damage.
"""

from __future__ import annotations

import struct
import zlib
from uuid import UUID

from gateway.store.spools import SpooledEvent

_HEADER = struct.Struct("<II")
# Number, session, lengths of the device's JID and of the kind; these two and the payload follow.
_BODY = struct.Struct("<Q16sHH")


class SpoolDamaged(Exception):
    """A record is not what was written."""


def encode(event: SpooledEvent) -> bytes:
    """Return the record of an event."""
    device, kind = event.device_jid.encode(), event.kind.encode()
    fields = _BODY.pack(event.number, event.session_id.bytes, len(device), len(kind))
    body = b"".join((fields, device, kind, event.payload))
    return _HEADER.pack(len(body), zlib.crc32(body)) + body


def size_of(data: bytes) -> int:
    """Return how many bytes the record has that begins here; 0 where even its header is incomplete."""
    return _HEADER.size + _HEADER.unpack_from(data)[0] if len(data) >= _HEADER.size else 0


def decode(data: bytes, most: int) -> tuple[list[SpooledEvent], int]:
    """Return the complete records at the beginning, at most so many, and their size. Raise SpoolDamaged for the first.

    Records before a damaged one are returned, and the next call raises.
    """
    events: list[SpooledEvent] = []
    offset = 0
    while len(events) < most and 0 < (size := size_of(data[offset : offset + _HEADER.size])) <= len(data) - offset:
        body = data[offset + _HEADER.size : offset + size]
        if zlib.crc32(body) != _HEADER.unpack_from(data, offset)[1] or len(body) < _BODY.size:
            if events:
                break
            raise SpoolDamaged("the checksum of a record does not match")
        events.append(_event(body))
        offset += size
    return events, offset


def _event(body: bytes) -> SpooledEvent:
    number, session_id, device_size, kind_size = _BODY.unpack_from(body)
    kind_at = _BODY.size + device_size
    payload_at = kind_at + kind_size
    device, kind = body[_BODY.size : kind_at].decode(), body[kind_at:payload_at].decode()
    return SpooledEvent(number, UUID(bytes=session_id), device, kind, body[payload_at:])
