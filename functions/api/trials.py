"""Trials as their callers see them: wait until the assistant has answered, or say that it is still thinking."""

from __future__ import annotations

import asyncio
import time

from starlette.concurrency import run_in_threadpool

from functions.api.services import Services
from gateway.domain.turns import TurnBell, TurnStatus
from gateway.store import turns
from gateway.store.turns import Turn

_PAUSE_SECONDS = 0.1
_UNDER_WAY = (TurnStatus.WAITING, TurnStatus.RUNNING)


def is_under_way(turn: Turn) -> bool:
    return turn.status in _UNDER_WAY


async def settled(services: Services, turn: Turn, *, wait: bool) -> Turn:
    """Ring functions/replies, and unless the caller prefers not to wait, look until the turn has ended."""
    await run_in_threadpool(services.doorbell.ring_turn, TurnBell(turn.id))
    deadline = time.monotonic() + services.settings.send_wait_seconds
    while wait and is_under_way(turn) and time.monotonic() < deadline:
        await asyncio.sleep(_PAUSE_SECONDS)
        turn = await run_in_threadpool(_looked_up, services, turn)
    return turn


def _looked_up(services: Services, turn: Turn) -> Turn:
    with services.database.transaction() as connection:
        return turns.get(connection, turn.session_id, turn.id)
