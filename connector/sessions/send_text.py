"""Sends a text, and writes what is known of its outcome."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from connector.sessions import command_outcomes
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import InDoubt, SendText
from connector.whatsapp.client import SendResult
from connector.whatsapp.errors import NoWhatsAppAddress, OutcomeUnknown, SendRefused, WhatsAppError
from connector.whatsapp.outbound import text_message
from gateway.domain.commands import CommandError, CommandStatus
from gateway.metrics import Metric, measure
from gateway.store import commands, outgoing
from gateway.store.fence import Fence
from gateway.store.messages import Message

log = logging.getLogger(__name__)


def send_text(calls: ClientCalls, step: SendText) -> None:
    """Send the text; a failure that provably had no effect is tried again or ends the command."""
    payload = text_message(step.message.content or "", step.secret)
    try:
        result = calls.call(lambda client: client.send_message(step.jid, payload))
    except NoWhatsAppAddress:
        calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.NOT_ON_WHATSAPP))
    except SendRefused as refusal:
        detail = f"WhatsApp refused the message ({refusal.code})."
        calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.REFUSED, detail))
    except OutcomeUnknown as error:
        log.warning("the outcome of a send is hidden", extra={"error": type(error).__name__})
        calls.resolve(InDoubt(step.command, step.secret))
    except WhatsAppError as error:
        log.warning("a send did not happen", extra={"error": type(error).__name__})
        calls.retry(step.command, error)
    else:
        calls.write(lambda fence: _write_sent(fence, step, result))
        log.info("sent", extra={"message_id": str(step.message.id)})
        _measure(step.message)


def _write_sent(fence: Fence, step: SendText, result: SendResult) -> None:
    outgoing.mark_sent(fence, step.message.id, result.message_id, step.to, result.timestamp)
    commands.finish(fence, step.command.id, CommandStatus.DONE)


def _measure(message: Message) -> None:
    measure(Metric.MESSAGES_SENT)
    if message.queued_at is not None:
        measure(Metric.TIME_TO_SENT, (datetime.now(UTC) - message.queued_at).total_seconds() * 1000)
