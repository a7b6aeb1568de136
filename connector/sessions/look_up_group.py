"""Asks WhatsApp for the subject of a group, and who its admins are."""

from __future__ import annotations

from datetime import UTC, datetime

from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import LookUpGroup
from connector.whatsapp.client import GroupInfo
from gateway.domain.commands import CommandStatus
from gateway.store import commands, groups, timers
from gateway.store.fence import Fence


def look_up_group(calls: ClientCalls, step: LookUpGroup) -> None:
    """Look it up; without an answer what waits for it stays as it is until the next time. Raises WhatsAppError."""
    asked_at = datetime.now(UTC)
    found = calls.call(lambda client: client.group(step.jid))
    calls.write(lambda fence: _write(fence, step, found, asked_at))


def _write(fence: Fence, step: LookUpGroup, found: GroupInfo, asked_at: datetime) -> None:
    groups.remember(fence, step.chat_id, found.subject, found.admins)
    timers.set_timer(fence.connection, step.chat_id, found.disappears_seconds, asked_at)
    commands.finish(fence, step.command.id, CommandStatus.DONE)
