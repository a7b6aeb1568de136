"""Frames: a length and a payload, in a byte stream that begins with a header."""

from __future__ import annotations

from collections.abc import Iterator

from infra.local.whatsapp.wire.node import MalformedNode

_LENGTH = 3
_HEADER = 4
_MAGIC = b"WA"
_ROUTING_MAGIC = b"ED"


def framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(_LENGTH, "big") + payload


class FrameBuffer:
    """Cuts the byte stream of the websocket messages, which need not align with frames, into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.header = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames completed by this data; raise MalformedNode when the stream does not begin as WhatsApp's."""
        self._buffer += data
        if not self.header and not self._strip_header():
            return
        while (frame := self._next(0)) is not None:
            del self._buffer[: _LENGTH + len(frame)]
            yield frame

    def _next(self, start: int) -> bytes | None:
        body = start + _LENGTH
        size = int.from_bytes(self._buffer[start:body], "big")
        if len(self._buffer) < body + size or len(self._buffer) < body:
            return None
        return bytes(self._buffer[body : body + size])

    def _strip_header(self) -> bool:
        if self._buffer[:2] == _ROUTING_MAGIC:
            routing = self._next(_HEADER)
            if routing is None:
                return False
            del self._buffer[: _HEADER + _LENGTH + len(routing)]
        if len(self._buffer) < _HEADER:
            return False
        self.header = bytes(self._buffer[:_HEADER])
        if self.header[:2] != _MAGIC:
            raise MalformedNode("a connection that does not begin with WA")
        del self._buffer[:_HEADER]
        return True
