"""Trials as their callers see them: wait until the assistant has answered, or say that it is still thinking."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from functions.api import waiting
from functions.api.services import Services
from gateway.domain.turns import DueTurn, TurnStatus
from gateway.store.assistant import turns
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection

_UNDER_WAY = (TurnStatus.WAITING, TurnStatus.RUNNING)


def is_under_way(turn: Turn) -> bool:
    return turn.status in _UNDER_WAY


async def settled(services: Services, turn: Turn, *, wait: bool) -> Turn:
    """Ring functions/replies, and unless the caller prefers not to wait, look until the turn has ended."""
    await run_in_threadpool(services.doorbell.ring_turn, DueTurn(turn.id))
    if not wait:
        return turn
    return await waiting.settled(services.database, turn, _looked_up, is_under_way, services.settings.send_wait_seconds)


def _looked_up(connection: Connection, turn: Turn) -> Turn:
    return turns.get(connection, turn.session_id, turn.id)
