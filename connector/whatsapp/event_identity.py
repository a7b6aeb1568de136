"""Which message a received event is about, read without its content. Pure."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from connector.whatsapp.durable_events import DURABLE_KINDS
from connector.whatsapp.jids import to_text, without_device
from connector.whatsapp.library import neonize_pb2
from gateway.domain.sanitize import sanitize_text


def identify(kind: str, payload: bytes) -> dict[str, str]:
    """Return the `chat` (a JID) and the `messageId`, as far as they can be read."""
    if kind not in DURABLE_KINDS:
        return {}
    try:
        event = getattr(neonize_pb2, kind).FromString(payload)
    except DecodeError:
        return {}
    source = event.MessageSource if kind == "Receipt" else event.Info.MessageSource
    ids = event.MessageIDs if kind == "Receipt" else [event.Info.ID]
    found = {"chat": without_device(to_text(source.Chat)), "messageId": ids[0] if len(ids) == 1 else ""}
    return {name: sanitize_text(value) for name, value in found.items() if value.strip("@")}
