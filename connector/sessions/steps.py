"""What the sender of a session does next: one step of one command."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.domain.phone import Address, phone_jid
from gateway.store import chats
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
class LookUpAdmins:
    """Look up who may delete what others wrote in a group."""

    command: Command
    chat_id: UUID
    jid: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Decide a command that was begun and not ended; `secret` is its message's."""

    command: Command
    secret: bytes | None


@dataclass(frozen=True, slots=True)
class LookUpNumber:
    """Look up a number before anything can be sent to it."""

    phone_number: str


Step = SendText | MarkRead | SetTyping | LookUpAdmins | InDoubt | LookUpNumber


def chat_step(fence: Fence, command: Command) -> MarkRead | SetTyping | LookUpAdmins:
    """Return the step of a claimed command that sends no message. Raises NotFound."""
    chat_id = UUID(command.payload["chatId"])
    if command.kind == CommandKind.MARK_READ:
        return MarkRead(command, chat_id)
    chat = chats.get(fence.connection, fence.session_id, chat_id)
    if command.kind == CommandKind.GROUP_ADMINS:
        return LookUpAdmins(command, chat_id, chat.remote_jid)
    jid = user_jid(Address(chat.lid, chat.phone_number)) if chat.kind == "user" else chat.remote_jid
    return SetTyping(command, jid, command.payload["composing"])


def user_jid(to: Address) -> str:
    """Return the JID to send to, by the number where it is known."""
    return phone_jid(to.phone_number) if to.phone_number else to.jid


def correlation_of(step: Step) -> str | None:
    return None if isinstance(step, LookUpNumber) else step.command.correlation_id
