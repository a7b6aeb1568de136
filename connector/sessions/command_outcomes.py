"""How commands end without having been carried out."""

from __future__ import annotations

from uuid import UUID

from connector.credentials import Credentials
from connector.sessions.attempts import Failure, interruption
from connector.sessions.owned_session import OwnedSession
from connector.sessions.steps import InDoubt
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.messages import MessageStatus
from gateway.domain.operations import may_be_repeated, operation_from
from gateway.metrics import Metric, measure
from gateway.store import commands, media_sends, messages, operations, outgoing, sent_actions
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.messages import Message


def end_attempt(fence: Fence, command: Command, attempts: int, failure: Failure, limit: int) -> None:
    """Let a command without effect wait for its next attempt, after `attempts` that count.

    It ends after the last one, and if it would expire before the next.
    """
    is_valid = commands.release(fence, command, attempts, failure.pause_seconds)
    if is_valid is None:
        return
    is_last = failure.counts and attempts >= limit
    if is_last or (failure.pause_seconds and not is_valid):
        fail(fence, command, failure.error, failure.detail)
    elif command.message_id is not None:
        outgoing.requeue(fence, command.message_id)


def leave_undecided(fence: Fence, command: Command, failure: Failure, limit: int) -> None:
    """Let a command that was begun, and whose effect could not be found out, be decided later.

    After the last attempt the outcome of a send stays unknown.
    """
    attempts = command.attempts + failure.counts
    if commands.postpone(fence, command, attempts, failure.pause_seconds) is None or attempts < limit:
        return
    message = message_of(fence, command)
    if message is not None and message.status == MessageStatus.SENDING:
        mark_unknown(fence, command, message, None)
    else:
        fail(fence, command, failure.error, failure.detail)


def fail(fence: Fence, command: Command, error: CommandError, detail: str | None = None) -> None:
    """End a command that provably had no effect, and will have none."""
    if command.kind == CommandKind.OPERATION:
        return operations.settle(fence, command.id, CommandStatus.FAILED, error)
    commands.finish(fence, command.id, CommandStatus.FAILED, error, detail)
    if command.kind == CommandKind.UPLOAD_MEDIA:
        media_id = UUID(command.payload["mediaId"])
        for waiting in media_sends.waiting(fence, media_id):
            fail(fence, waiting, error, detail)
        media_sends.let_go(fence.connection, fence.session_id, media_id)
    if command.message_id is not None:
        outgoing.mark_failed(fence, command.message_id, error, detail)
        measure(Metric.MESSAGES_FAILED)
    return None


def mark_unknown(fence: Fence, command: Command, message: Message, whatsapp_id: str | None) -> None:
    """End a send that may have reached WhatsApp; a receipt for `whatsapp_id` will tell."""
    outgoing.mark_unknown(fence, message.id, whatsapp_id, message.recipient if whatsapp_id else None)
    if whatsapp_id and sent_actions.is_action(message):
        # A receipt may have come before.
        sent_actions.apply(fence, [message.id])
    commands.finish(fence, command.id, CommandStatus.UNKNOWN, CommandError.UNCONFIRMED)
    measure(Metric.SENDS_UNKNOWN)


def find_in_doubt(fence: Fence, device_jid: str) -> list[InDoubt]:
    """Return the commands for a device that were begun and not ended, in order."""
    return [
        InDoubt(command, message.secret if (message := message_of(fence, command)) else None)
        for command in commands.unfinished(fence.connection, fence.session_id)
        if command.status == CommandStatus.RUNNING and command.device_jid == device_jid
    ]


def resolve_by_secret(owned_session: OwnedSession, credentials: Credentials, step: InDoubt, limit: int) -> None:
    """Decide a command in doubt by the secrets that whatsmeow stores before it writes a message to a socket.

    Nothing may be writing it to a socket any more. No row with the secret: it was not sent and waits again, unless this
    was attempt number `limit`; a row: it may have been sent, and stays unknown until a receipt comes. A send that was
    begun again since is left alone.
    """
    command, secret = step.command, step.secret
    whatsapp_id = credentials.whatsapp_id_of(command.device_jid or "", secret) if secret else None
    with owned_session.fence() as fence:
        message = message_of(fence, command)
        if message is not None and message.secret != secret:
            return
        if message is not None and whatsapp_id is not None:
            mark_unknown(fence, command, message, whatsapp_id)
        elif command.kind == CommandKind.OPERATION and not may_be_repeated(operation_from(command.payload)):
            operations.settle(fence, command.id, CommandStatus.UNKNOWN, CommandError.UNCONFIRMED)
        else:
            end_attempt(fence, command, command.attempts, interruption(command.attempts), limit)


def fail_expired(owned_session: OwnedSession) -> None:
    """End the queued commands whose time is over, whether or not a device is connected."""
    with owned_session.fence() as fence:
        for command in commands.unfinished(fence.connection, fence.session_id):
            if command.has_expired:
                fail(fence, command, CommandError.EXPIRED)


def end_unfinished(fence: Fence, error: CommandError) -> None:
    """End all commands, because the device is gone: what was meant for it fails, and a logout has happened."""
    for command in commands.unfinished(fence.connection, fence.session_id):
        message = message_of(fence, command)
        if command.kind == CommandKind.LOGOUT:
            commands.finish(fence, command.id, CommandStatus.DONE)
        elif message is not None and message.status == MessageStatus.SENDING:
            mark_unknown(fence, command, message, message.message_id)
        else:
            fail(fence, command, error)


def message_of(fence: Fence, command: Command) -> Message | None:
    """Return the message that a command sends; None for other kinds. Raises NotFound."""
    return messages.get(fence.connection, fence.session_id, command.message_id) if command.message_id else None
