"""How commands end without having been carried out."""

from __future__ import annotations

from uuid import UUID

from connector.credentials import Credentials
from connector.sessions.owned_session import OwnedSession
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.messages import MessageStatus
from gateway.domain.phone import Address
from gateway.metrics import Metric, measure
from gateway.store import commands, messages, outgoing
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.messages import Message


def message_id(command: Command) -> UUID | None:
    """The message a command is to send."""
    return UUID(command.payload["messageId"]) if command.kind == CommandKind.SEND_TEXT else None


def address_of(message: Message) -> Address | None:
    """The person it goes to; None for a group."""
    return Address(message.chat_lid, message.chat_phone) if message.chat_kind == "user" else None


def put_back(fence: Fence, command: Command) -> None:
    """It was claimed and provably had no effect: it waits again."""
    if (sending := message_id(command)) is not None:
        outgoing.requeue(fence, sending)
    commands.release(fence, command.id)


def fail(fence: Fence, command: Command, error: CommandError, detail: str | None = None) -> None:
    """It provably had no effect, and will have none."""
    commands.finish(fence, command.id, CommandStatus.FAILED, error, detail)
    if (sending := message_id(command)) is not None:
        outgoing.mark_failed(fence, sending, error, detail)
        measure(Metric.MESSAGES_FAILED)


def leave_unknown(fence: Fence, command: Command, message: Message, whatsapp_id: str | None) -> None:
    """It may have been sent; a receipt for `whatsapp_id` will tell."""
    outgoing.mark_unknown(fence, message.id, whatsapp_id, address_of(message) if whatsapp_id else None)
    commands.finish(fence, command.id, CommandStatus.UNKNOWN, CommandError.UNCONFIRMED)
    measure(Metric.SENDS_UNKNOWN)


def resolve_in_doubt(record: OwnedSession, credentials: Credentials, command: Command, secret: bytes | None) -> None:
    """Decide a command that was begun, its message with `secret`, and not ended, by whatsmeow's own ledger.

    Nothing may be writing it to a socket any more. No row there: it was not sent and waits again; a row: it may have
    been sent, and stays unknown until a receipt comes. Somebody who has begun anew since is left alone.
    """
    sending = message_id(command)
    whatsapp_id = credentials.sent_as(command.device_jid or "", secret) if secret else None
    with record.fence() as fence:
        message = messages.get(fence.connection, fence.session_id, sending) if sending else None
        if message is not None and message.secret != secret:
            return
        if message is not None and whatsapp_id is not None:
            leave_unknown(fence, command, message, whatsapp_id)
        else:
            put_back(fence, command)


def begun(fence: Fence, device_jid: str) -> list[tuple[Command, bytes | None]]:
    """Commands for a device that were begun and not ended, with the secrets of their messages."""
    found: list[tuple[Command, bytes | None]] = []
    for command in commands.unfinished(fence.connection, fence.session_id):
        if command.status == CommandStatus.RUNNING and command.device_jid == device_jid:
            sending = message_id(command)
            message = messages.get(fence.connection, fence.session_id, sending) if sending else None
            found.append((command, message.secret if message else None))
    return found


def expire(record: OwnedSession) -> None:
    """End the queued commands whose time is over, whether or not a device is connected."""
    with record.fence() as fence:
        for command in commands.expired(fence.connection, fence.session_id):
            fail(fence, command, CommandError.EXPIRED)


def end_all(fence: Fence, error: CommandError) -> None:
    """The device is gone: nothing that was meant for it is sent any more, and a logout has happened."""
    for command in commands.unfinished(fence.connection, fence.session_id):
        sending = message_id(command)
        message = messages.get(fence.connection, fence.session_id, sending) if sending else None
        if command.kind == CommandKind.LOGOUT:
            commands.finish(fence, command.id, CommandStatus.DONE)
        elif message is not None and message.status == MessageStatus.SENDING:
            leave_unknown(fence, command, message, message.message_id)
        else:
            fail(fence, command, error)
