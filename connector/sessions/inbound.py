"""What WhatsApp delivered, in the store's terms. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.whatsapp.durable_events import InboundMessage, Receipt, Undecryptable
from connector.whatsapp.jids import LID_SERVER, WhatsAppAddress, phone_number_of
from connector.whatsapp.messages import Content
from gateway.domain.content import Timer
from gateway.domain.documents import to_document
from gateway.domain.kinds import UNAVAILABLE, UNDECRYPTABLE
from gateway.domain.messages import MessageStatus
from gateway.domain.phone import Address
from gateway.store.bounds import is_identifier
from gateway.store.incoming import Incoming

# The year 2200.
_LATEST_MS = 7_258_118_400_000

# Ten years; phones offer 90 days at most.
LONGEST_TIMER = 315_360_000

# Receipts of other people's devices for what we sent; others are between our own devices or whatsmeow's business.
RECEIPT_STATUS = {
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "played": MessageStatus.PLAYED,
}


def is_read_by_us(receipt: Receipt) -> bool:
    """Return whether it tells what was read on the account's own phone.

    Its type says so only where the account sends no read receipts; else it is the one that the author gets, too.
    """
    return receipt.kind == "read_self" or (receipt.is_from_me and receipt.kind in ("read", "played", "played_self"))


def member_of(receipt: Receipt) -> Address | None:
    """Return who of a group sent a receipt; None of other chats, and where it names nobody."""
    sender = address_of(receipt.sender)
    names = [name for name in (sender.lid, sender.phone_number) if name]
    return sender if receipt.chat.kind == "group" and names and all(map(is_identifier, names)) else None


def address_of(party: WhatsAppAddress) -> Address:
    """Return what the store knows a person by."""
    return Address(party.lid, party.phone_number)


def chat_kind(party: WhatsAppAddress) -> str:
    """Return the kind of chat; a person has a LID or a number, bots and bridges to other services have neither."""
    return "other" if party.kind == "user" and not (party.lid or party.phone_number) else party.kind


def incoming(event: InboundMessage | Undecryptable) -> Incoming:
    """Return the message to store; an undecryptable one has no content."""
    if isinstance(event, Undecryptable):
        return Incoming(**_header(event), message_type=UNAVAILABLE if event.is_unavailable else UNDECRYPTABLE)
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
        target_own=content.target_own,
        target_author=_author(content),
        changed_at=moment(content.changed_at_ms),
        replaces=content.replaces,
        sealed=content.sealed.pack() if content.sealed else None,
        disappears_seconds=_timer(content),
        forwarding_score=content.forwarding_score or None,
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


def _author(content: Content) -> Address:
    """Return whom a change names as its target's author; nobody where its key names no participant."""
    jid = content.target_participant or ""
    return Address(jid if jid.endswith(f"@{LID_SERVER}") else None, phone_number_of(jid))


def _timer(content: Content) -> int | None:
    """Return after how many seconds messages of the chat disappear, where the message says it; 0: never."""
    if isinstance(content.details, Timer):
        return min(content.details.seconds, LONGEST_TIMER)
    return min(content.disappears_seconds, LONGEST_TIMER) or None


def moment(milliseconds: int | None) -> datetime | None:
    """Return the moment that the sender's clock told; None for one that no clock tells."""
    if not milliseconds or not 0 < milliseconds < _LATEST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _media(content: Content) -> dict[str, Any] | None:
    extra = {"viewOnce": True} if content.view_once else {}
    return {**(content.media or {}), **extra} or None
