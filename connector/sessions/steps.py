"""What the sender of a session does next: one step of one command."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.domain.phone import Address, phone_jid
from gateway.store import chats, commands
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a message that was begun with `secret`; `to` is None for a group."""

    command: Command
    message: Message
    to: Address | None
    secret: bytes

    @property
    def jid(self) -> str:
        return user_jid(self.to) if self.to else self.message.remote_jid


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Send read receipts for what is unread in a chat."""

    command: Command
    chat_id: UUID


@dataclass(frozen=True, slots=True)
class SetTyping:
    """Show, or end, that somebody is typing."""

    command: Command
    jid: str
    composing: bool


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Decide a command that was begun and not ended; `secret` is its message's."""

    command: Command
    secret: bytes | None


@dataclass(frozen=True, slots=True)
class LookUpNumber:
    """Look up a number before the command, which waits for it, can be begun."""

    command: Command
    phone_number: str


Step = SendText | MarkRead | SetTyping | InDoubt | LookUpNumber


def chat_step(fence: Fence, command: Command) -> MarkRead | SetTyping | None:
    """Return the step of a claimed command that sends no message; None when there is nothing to do any more.

    Nobody is typing any more whose message has left meanwhile. Raises NotFound.
    """
    chat_id = UUID(command.payload["chatId"])
    if command.kind != CommandKind.TYPING:
        return MarkRead(command, chat_id)
    chat = chats.get(fence.connection, fence.session_id, chat_id)
    if command.payload["composing"] and commands.is_overtaken(fence.connection, command, chat.id):
        return None
    jid = user_jid(Address(chat.lid, chat.phone_number)) if chat.kind == "user" else chat.remote_jid
    return SetTyping(command, jid, command.payload["composing"])


def user_jid(to: Address) -> str:
    """Return the JID to send to, by the number where it is known."""
    return phone_jid(to.phone_number) if to.phone_number else to.jid
