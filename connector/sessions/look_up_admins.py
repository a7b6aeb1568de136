"""Asks WhatsApp who the admins of a group are."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpAdmins
from connector.whatsapp.errors import WhatsAppError
from gateway.domain.commands import CommandError, CommandStatus
from gateway.store import admins, commands
from gateway.store.fence import Fence


def look_up_admins(calls: ClientCalls, step: LookUpAdmins) -> None:
    """Look them up; without an answer what waits for it stays as it is until the next time."""
    try:
        found = calls.call(lambda client: client.group_admins(step.jid))
    except WhatsAppError as error:
        detail = str(error)
        calls.write(
            lambda fence: commands.finish(fence, step.command.id, CommandStatus.FAILED, CommandError.REFUSED, detail)
        )
        return
    calls.write(lambda fence: _write(fence, step, found))


def _write(fence: Fence, step: LookUpAdmins, found: frozenset[str]) -> None:
    admins.remember(fence, step.chat_id, found)
    commands.finish(fence, step.command.id, CommandStatus.DONE)
