"""What the sender of a session does next: one step of one command."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.domain.files import SentFile
from gateway.domain.operations import Operation, operation_from
from gateway.domain.presence import TypingState, typing_state
from gateway.store import chats, commands
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.media import MediaObject
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message that was begun with `secret`, to the address that WhatsApp named."""

    command: Command
    message: Message
    secret: bytes
    file: SentFile | None = None

    @property
    def jid(self) -> str:
        """The LID where it is known: which person a number leads to is known to WhatsApp's servers alone."""
        return self.message.recipient.jid if self.message.recipient else self.message.remote_jid


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Send read receipts for what is unread in a chat; without `receipts` to the account's own devices only."""

    command: Command
    chat_id: UUID
    receipts: bool = True


@dataclass(frozen=True, slots=True)
class SetTyping:
    """Show, or end, that somebody types or records."""

    command: Command
    jid: str
    state: TypingState


@dataclass(frozen=True, slots=True)
class LookUpGroup:
    """Look up the subject of a group, and who may delete what others wrote there."""

    command: Command
    chat_id: UUID
    jid: str


@dataclass(frozen=True, slots=True)
class Operate:
    """Do what was asked of WhatsApp beside messages."""

    command: Command
    operation: Operation


@dataclass(frozen=True, slots=True)
class UploadMedia:
    """Store a file at WhatsApp."""

    command: Command
    file: MediaObject


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


Step = SendMessage | MarkRead | SetTyping | LookUpGroup | Operate | UploadMedia | InDoubt | LookUpNumber


def step_without_message(fence: Fence, command: Command) -> MarkRead | SetTyping | LookUpGroup | Operate | None:
    """Return the step of a claimed command that sends no message; None when there is nothing to do any more.

    Nobody is typing any more whose message has left meanwhile. Raises NotFound.
    """
    if command.kind == CommandKind.OPERATION:
        return Operate(command, operation_from(command.payload))
    chat_id = UUID(command.payload["chatId"])
    if command.kind == CommandKind.MARK_READ:
        return MarkRead(command, chat_id, command.payload.get("receipts", True))
    chat = chats.get(fence.connection, fence.session_id, chat_id)
    if command.kind == CommandKind.GROUP_INFO:
        return LookUpGroup(command, chat_id, chat.remote_jid)
    state = typing_state(command.payload)
    if state is not TypingState.PAUSED and commands.is_overtaken(fence.connection, command, chat.id):
        return None
    return SetTyping(command, chat.remote_jid, state)
