"""Shows, or ends, that somebody types or records."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import SetTyping
from connector.whatsapp.errors import WhatsAppError
from gateway.domain.commands import CommandError, CommandStatus
from gateway.store import commands


def set_typing(calls: ClientCalls, step: SetTyping) -> None:
    """Set the indicator; one that fails is not worth another try."""
    status, error = CommandStatus.DONE, None
    try:
        calls.call(lambda client: client.send_chat_presence(step.jid, step.state))
    except WhatsAppError:
        status, error = CommandStatus.FAILED, CommandError.REFUSED
    calls.write(lambda fence: commands.finish(fence, step.command.id, status, error))
