"""Asks WhatsApp who the admins of a group are."""

from __future__ import annotations

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpAdmins
from gateway.domain.commands import CommandStatus
from gateway.store import admins, commands
from gateway.store.fence import Fence


def look_up_admins(calls: ClientCalls, step: LookUpAdmins) -> None:
    """Look them up; without an answer what waits for it stays as it is until the next time. Raises WhatsAppError."""
    found = calls.call(lambda client: client.group_admins(step.jid))
    calls.write(lambda fence: _write(fence, step, found))


def _write(fence: Fence, step: LookUpAdmins, found: frozenset[str]) -> None:
    admins.remember(fence, step.chat_id, found)
    commands.finish(fence, step.command.id, CommandStatus.DONE)
