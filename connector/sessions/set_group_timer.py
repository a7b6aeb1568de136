"""Sets after how long messages of a group disappear: no message but a query, so that doing it again does no harm."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.sessions import command_outcomes
from connector.sessions.attempts import is_rate_limit
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import SendMessage
from connector.whatsapp.errors import RequestRefused
from gateway.domain.commands import CommandError, CommandStatus
from gateway.store import commands, outgoing, timers
from gateway.store.fence import Fence


def set_group_timer(calls: ClientCalls, step: SendMessage, seconds: int) -> None:
    """Set it; what only another attempt can mend is raised. Raises LeaseLost, WhatsAppError."""
    try:
        calls.call(lambda client: client.set_group_timer(step.jid, seconds))
    except RequestRefused as refusal:
        if is_rate_limit(refusal):
            raise
        detail = f"WhatsApp refused the change ({refusal.code}): perhaps only admins may make it."
        calls.write(lambda fence: command_outcomes.fail(fence, step.command, CommandError.REFUSED, detail))
    else:
        calls.write(lambda fence: _write_set(fence, step, seconds, datetime.now(UTC)))


def _write_set(fence: Fence, step: SendMessage, seconds: int, at: datetime) -> None:
    outgoing.mark_sent(fence, step.message.id, None, None, at)
    timers.set_timer(fence.connection, step.message.chat_id, seconds, at)
    commands.finish(fence, step.command.id, CommandStatus.DONE)
