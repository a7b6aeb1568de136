"""The message that an edit, a deletion, a reaction or a pin is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.domain.errors import Conflict
from gateway.domain.kinds import ACTIONS
from gateway.domain.outbound import Target
from gateway.domain.phone import Address
from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.messages import Message

# Where messages can be sent, and so what is about them.
_CHATS = ("user", "group")


@dataclass(frozen=True, slots=True)
class Found:
    """A message that WhatsApp has, as the target of another one, and to whom that goes: a person or a group's JID."""

    message: Message
    target: Target
    to: Address | str

    @property
    def sent_at(self) -> datetime:
        return self.message.sent_at or self.message.timestamp


def find_target(connection: Connection, session_id: UUID, message_id: UUID) -> Found:
    """Return a message to which something can be done. Raises NotFound, Conflict."""
    message = messages.get(connection, session_id, message_id)
    if message.chat_kind not in _CHATS:
        raise Conflict("chat_not_writable", "Nothing can be sent to this chat.")
    if message.message_type in ACTIONS:
        raise Conflict("not_a_message", "This is about another message; name that one.")
    if message.deleted_at is not None:
        raise Conflict("deleted", "The message was deleted.")
    if message.message_id is None:
        raise Conflict("not_sent", "WhatsApp does not have the message yet.")
    return Found(message, Target(message.message_id, message.from_me, _author(message)), _chat(message))


def _chat(message: Message) -> Address | str:
    return message.recipient or message.remote_jid


def _author(message: Message) -> str | None:
    """Return the JID of who wrote it, where several others might have. Raises Conflict for a bot, which has none."""
    if message.from_me or message.chat_kind != "group":
        return None
    sender = Address(message.sender_lid, message.sender_phone)
    if sender == Address():
        raise Conflict("author_unknown", "Who wrote the message has no address that can be named.")
    return sender.jid
