"""What WhatsApp delivered, in the store's terms. Pure."""

from __future__ import annotations

from typing import Any

from connector.whatsapp.durable_events import InboundMessage, Undecryptable
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.messages import Content
from gateway.domain.documents import to_document
from gateway.domain.messages import UNDECRYPTABLE, MessageStatus
from gateway.domain.phone import Address
from gateway.store.incoming import Incoming

# Receipts of other people's devices for what we sent; others are between our own devices or whatsmeow's business.
RECEIPT_STATUS = {
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "played": MessageStatus.PLAYED,
}


def address_of(party: WhatsAppAddress) -> Address:
    """Return what the store knows a person by."""
    return Address(party.lid, party.phone_number)


def chat_kind(party: WhatsAppAddress) -> str:
    """Return the kind of chat; a person has a LID or a number, bots and bridges to other services have neither."""
    return "other" if party.kind == "user" and not (party.lid or party.phone_number) else party.kind


def incoming(event: InboundMessage | Undecryptable) -> Incoming:
    """Return the message to store; an undecryptable one has no content."""
    if isinstance(event, Undecryptable):
        return Incoming(**_header(event), message_type=UNDECRYPTABLE)
    content = event.content
    return Incoming(
        **_header(event),
        message_type=content.message_type,
        content=content.text,
        quoted_id=content.quoted_message_id,
        target_id=content.target_message_id,
        media=_media(content),
        location=content.location,
        details=to_document(content.details),
        quote=to_document(content.quote),
        mentions=list(content.mentions),
        raw=event.payload,
    )


def _header(event: InboundMessage | Undecryptable) -> dict[str, Any]:
    kind = chat_kind(event.chat)
    return {
        "message_id": event.message_id,
        "chat": address_of(event.chat),
        "sender": address_of(event.sender),
        "from_me": event.is_from_me,
        "timestamp": event.timestamp,
        "push_name": event.push_name,
        "group_jid": None if kind == "user" else event.chat.jid,
        "chat_kind": kind,
        "list_jid": event.list_jid,
    }


def _media(content: Content) -> dict[str, Any] | None:
    extra = {"viewOnce": True} if content.view_once else {}
    return {**(content.media or {}), **extra} or None
