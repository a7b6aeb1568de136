"""Trials of the assistant: starts a run and waits for its answer, for as long as the caller likes."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from functions.api.services import Services
from functions.api.waiting import wait_while
from gateway.domain.turns import DueTurn, TurnStatus
from gateway.store.assistant import turns
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection

_UNDER_WAY = (TurnStatus.WAITING, TurnStatus.RUNNING)


def is_under_way(turn: Turn) -> bool:
    """Return whether a trial has no outcome yet."""
    return turn.status in _UNDER_WAY


async def run_trial(services: Services, turn: Turn, *, wait: bool) -> Turn:
    """Wake functions/replies; return the turn when it has ended or the wait is over, or at once without `wait`."""
    await run_in_threadpool(services.notifier.wake_turn, DueTurn(turn.id))
    if not wait:
        return turn
    seconds, estimate = services.settings.send_wait_seconds, services.trial_estimate
    return await wait_while(is_under_way, turn, _read, services.database, seconds, estimate=estimate)


def _read(connection: Connection, turn: Turn) -> Turn:
    return turns.get(connection, turn.session_id, turn.id)
