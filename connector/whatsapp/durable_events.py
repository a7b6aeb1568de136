"""Events that must be stored: messages, receipts, what could not be read, changes of groups and pictures. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connector.whatsapp.group_events import (
    GroupChanged,
    GroupJoined,
    PictureChanged,
    group_changed,
    group_joined,
    picture_changed,
)
from connector.whatsapp.jids import (
    BROADCAST_SERVER,
    LID_SERVER,
    STATUS_JID,
    USER_SERVER,
    WhatsAppAddress,
    combine_jids,
    to_text,
)
from connector.whatsapp.library import neonize_pb2
from connector.whatsapp.messages import Content, decode_content
from gateway.domain.sanitize import sanitize_text


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message in one of the account's chats, also one typed on the phone (`is_from_me`); `payload` is its event.

    `list_jid` is the broadcast list of somebody else's by which it came.
    """

    message_id: str
    chat: WhatsAppAddress
    sender: WhatsAppAddress
    is_from_me: bool
    push_name: str | None = field(repr=False)
    timestamp: datetime
    content: Content = field(repr=False)
    list_jid: str | None = None
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`kind`: delivered, read, played, read_self, played_self, sender, retry, server_error, peer, history_sync.

    `sender` is whose device sent it. neonize reports a played-self receipt as server_error.
    """

    message_ids: tuple[str, ...]
    chat: WhatsAppAddress
    sender: WhatsAppAddress
    is_from_me: bool
    kind: str
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """A message that could not be read; whatsmeow asks for it again unless WhatsApp says that it is unavailable.

    `is_unavailable`: it is not given to linked devices, as what may be viewed once. `is_hidden`: its sender says that
    people shall not see that it is missing; it is a reaction, a vote or the like.
    """

    message_id: str
    chat: WhatsAppAddress
    sender: WhatsAppAddress
    is_from_me: bool
    push_name: str | None = field(repr=False)
    timestamp: datetime
    list_jid: str | None = None
    is_unavailable: bool = False
    is_hidden: bool = False


DurableEvent = InboundMessage | Receipt | Undecryptable | GroupChanged | GroupJoined | PictureChanged

_RECEIPT_KINDS = {
    "DELIVERED": "delivered",
    "INACTIVE": "delivered",
    "SENDER": "sender",
    "RETRY": "retry",
    "READ": "read",
    "READ_SELF": "read_self",
    "PLAYED": "played",
    "PLAYED_SELF": "played_self",
    "SERVER_ERROR": "server_error",
    "PEER_MSG": "peer",
    "HISTORY_SYNC": "history_sync",
}


def decode_durable_event(kind: str, payload: bytes) -> DurableEvent | None:
    """Decode an event; None for what is in no chat (keys, settings and history that devices exchange, status posts).

    Raise KeyError for another kind, google.protobuf.message.DecodeError for a broken payload.
    """
    event = _DECODERS[kind](getattr(neonize_pb2, kind).FromString(payload))
    if event is None or event.chat.kind == "status":
        return None
    return replace(event, payload=payload) if isinstance(event, InboundMessage) else event


def _inbound_message(event: neonize_pb2.Message) -> InboundMessage | None:
    content = decode_content(event.Message if event.HasField("Message") else event.Raw)
    return None if content is None else InboundMessage(**_header(event.Info), content=content)


def _undecryptable(event: neonize_pb2.UndecryptableMessage) -> Undecryptable:
    hide = neonize_pb2.UndecryptableMessage.DecryptFailModeT.DECRYPT_FAIL_HIDE
    return Undecryptable(
        **_header(event.Info), is_unavailable=event.IsUnavailable, is_hidden=event.DecryptFailMode == hide
    )


def _receipt(event: neonize_pb2.Receipt) -> Receipt:
    source = event.MessageSource
    return Receipt(
        message_ids=tuple(map(sanitize_text, event.MessageIDs)),
        **_addresses(source),
        kind=_RECEIPT_KINDS[neonize_pb2.Receipt.ReceiptType.Name(event.Type)],
        timestamp=datetime.fromtimestamp(event.Timestamp, UTC),
    )


def _header(info: neonize_pb2.MessageInfo) -> dict[str, Any]:
    return {
        "message_id": sanitize_text(info.ID),
        **_addresses(info.MessageSource),
        "push_name": sanitize_text(info.Pushname) or None,
        "timestamp": datetime.fromtimestamp(info.Timestamp / 1000, UTC),
        "list_jid": combine_jids(info.MessageSource.Chat).jid if _came_by_list(info.MessageSource) else None,
    }


def _addresses(source: neonize_pb2.MessageSource) -> dict[str, Any]:
    return {
        "chat": _chat(source),
        "sender": combine_jids(source.Sender, source.SenderAlt),
        "is_from_me": source.IsFromMe,
    }


def _chat(source: neonize_pb2.MessageSource) -> WhatsAppAddress:
    """Return the other side of a private chat: the sender of a received message, the recipient of a sent one.

    What somebody sends to a broadcast list is a private message to each.
    """
    if _came_by_list(source):
        return combine_jids(source.Sender, source.SenderAlt)
    if source.Chat.Server not in (USER_SERVER, LID_SERVER):
        return combine_jids(source.Chat)
    return combine_jids(source.Chat, source.RecipientAlt if source.IsFromMe else source.SenderAlt)


def _came_by_list(source: neonize_pb2.MessageSource) -> bool:
    return source.Chat.Server == BROADCAST_SERVER and not source.IsFromMe and to_text(source.Chat) != STATUS_JID


_DECODERS: dict[str, Callable[[Any], DurableEvent | None]] = {
    "Message": _inbound_message,
    "Receipt": _receipt,
    "UndecryptableMessage": _undecryptable,
    "GroupInfoEvent": group_changed,
    "JoinedGroup": group_joined,
    "Picture": picture_changed,
}

DURABLE_KINDS = frozenset(_DECODERS)
