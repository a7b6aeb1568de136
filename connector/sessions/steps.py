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
class Send:
    """`to` is None for a group."""

    command: Command
    message: Message
    to: Address | None
    secret: bytes

    @property
    def jid(self) -> str:
        return user_jid(self.to) if self.to else self.message.remote_jid


@dataclass(frozen=True, slots=True)
class MarkRead:
    command: Command
    chat_id: UUID


@dataclass(frozen=True, slots=True)
class SetTyping:
    """Show, or take back, that somebody is typing."""

    command: Command
    jid: str
    composing: bool


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Begun by somebody who did not come back."""

    command: Command
    secret: bytes | None


@dataclass(frozen=True, slots=True)
class LookUpNumber:
    """A number must be looked up before anything can be sent to it."""

    phone_number: str


Step = Send | MarkRead | SetTyping | InDoubt | LookUpNumber


def chat_step(fence: Fence, command: Command) -> MarkRead | SetTyping:
    """For what is done in a chat beside sending."""
    chat_id = UUID(command.payload["chatId"])
    if command.kind != CommandKind.TYPING:
        return MarkRead(command, chat_id)
    chat = chats.get(fence.connection, fence.session_id, chat_id)
    jid = user_jid(Address(chat.lid, chat.phone_number)) if chat.kind == "user" else chat.remote_jid
    return SetTyping(command, jid, command.payload["composing"])


def user_jid(to: Address) -> str:
    return phone_jid(to.phone_number) if to.phone_number else to.jid


def correlation_of(step: Step) -> str | None:
    return None if isinstance(step, LookUpNumber) else step.command.correlation_id
