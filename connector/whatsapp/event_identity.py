"""Which message a received event is about, read without its content. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    chat, ids = _chat_and_ids(kind, event)
    found = {"chat": without_device(to_text(chat)), "messageId": ids[0] if len(ids) == 1 else ""}
    return {name: sanitize_text(value) for name, value in found.items() if value.strip("@")}


def _chat_and_ids(kind: str, event: Any) -> tuple[neonize_pb2.JID, Sequence[str]]:  # noqa: ANN401 - one of six protobufs
    match kind:
        case "Receipt":
            return event.MessageSource.Chat, event.MessageIDs
        case "GroupInfoEvent" | "Picture":
            return event.JID, []
        case "JoinedGroup":
            return event.GroupInfo.JID, []
    return event.Info.MessageSource.Chat, [event.Info.ID]
