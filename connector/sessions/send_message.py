"""Sends a message, and writes what is known of its outcome."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from connector.sessions import command_outcomes
from connector.sessions.attempts import is_rate_limit
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import SendMessage
from connector.whatsapp.client import SendResult
from connector.whatsapp.errors import NoWhatsAppAddress, SendRefused
from connector.whatsapp.outbound import Envelope, serialize
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.phone import Address
from gateway.metrics import Metric, measure
from gateway.store import commands, numbers, outgoing, plain_sends, sent_actions
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.outbound import outbound_of
from gateway.store.receipts import EarlyReceipts

log = logging.getLogger(__name__)


def send_message(calls: ClientCalls, step: SendMessage) -> None:
    """Send the message; what only another attempt can mend is raised. Raises LeaseLost, WhatsAppError."""
    payload = serialize(outbound_of(step.message), _envelope(step))
    try:
        result = calls.call(lambda client: client.send_message(step.jid, payload))
    except NoWhatsAppAddress:
        calls.write(lambda fence: _write_unaddressed(fence, step))
    except SendRefused as refusal:
        if is_rate_limit(refusal):
            raise
        detail = f"WhatsApp refused the message ({refusal.code})."
        calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.REFUSED, detail))
    else:
        _write_sent(calls, step, result)
        log.info("sent", extra={"message_id": str(step.message.id)})
        _measure(step.message)


def _envelope(step: SendMessage) -> Envelope:
    message = step.message
    return Envelope(step.jid, step.secret, message.timestamp, message.chat_disappearing or 0, step.file)


def _write_sent(calls: ClientCalls, step: SendMessage, result: SendResult) -> None:
    learned = _learned(step.message, result)
    if learned is None and not sent_actions.is_action(step.message) and _end_plain(calls, step, result):
        return
    early: list[EarlyReceipts] = []

    def ask(connection: Connection) -> None:
        early[:] = [EarlyReceipts(connection, step.message.session_id, result.message_id)]

    def write(fence: Fence) -> None:
        outgoing.mark_sent(fence, step.message.id, result.message_id, learned, result.timestamp, early[0])
        if sent_actions.is_action(step.message):
            sent_actions.apply(fence, [step.message.id])
        commands.finish(fence, step.command.id, CommandStatus.DONE)

    calls.write(write, ask)


def _end_plain(calls: ClientCalls, step: SendMessage, result: SendResult) -> bool:
    """Return whether the send is ended: it is not where receipts came before."""
    message, id, at = step.message, result.message_id, result.timestamp
    ended = calls.write_at_once(
        lambda connection: plain_sends.end(connection, message.session_id, step.command.id, message.id, id, at)
    )
    return ended.fetchone() is not None


def _learned(message: Message, result: SendResult) -> Address | None:
    """Return the address of a recipient whose LID was not known before; None for all others."""
    if message.recipient is None or message.chat_lid is not None or result.lid is None:
        return None
    return Address(result.lid, message.chat_phone)


def _write_unaddressed(fence: Fence, step: SendMessage) -> None:
    """End a send to a number for which WhatsApp named no LID, though it has an account; query it again next time."""
    if step.message.chat_phone is not None:
        numbers.forget(fence.connection, step.message.chat_phone)
    command_outcomes.fail(fence, step.command, CommandError.NO_ADDRESS)


def _measure(message: Message) -> None:
    measure(Metric.MESSAGES_SENT)
    if message.queued_at is not None:
        measure(Metric.TIME_TO_SENT, (datetime.now(UTC) - message.queued_at).total_seconds() * 1000)
