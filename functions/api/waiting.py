"""Waits for what others do to a row: reads it when it has probably been done, and again if it has not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from starlette.concurrency import run_in_threadpool

from gateway.store.database import Connection, Database

_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.25
# Of the time that has passed: nobody waits much longer than the change itself took.
_PAUSE_SHARE = 0.25
# How far the estimate moves after a first look that came too early, and after one that was in time.
_LATER_SHARE = 0.2
_SOONER_SHARE = 0.02

RowT = TypeVar("RowT")
# Waits for so many seconds, or less where there is something to see earlier; returns what it was told of that.
Pause = Callable[[float], Awaitable[str | None]]


class Estimate:
    """A moving estimate of when the first look is worth its price: nine of ten looks at that time find the end."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @property
    def seconds(self) -> float:
        return self._seconds

    def learn(self, passed: float, *, at_first_look: bool) -> None:
        """Count one end that was seen so many seconds after the beginning."""
        if at_first_look:
            self._seconds = max(self._seconds * (1 - _SOONER_SHARE), _SHORTEST_PAUSE_SECONDS)
        else:
            self._seconds += (min(passed, _LONGEST_PAUSE_SECONDS) - self._seconds) * _LATER_SHARE


async def wait_while(
    is_under_way: Callable[[RowT], bool],
    row: RowT,
    read: Callable[[Connection, RowT], RowT],
    database: Database,
    seconds: float,
    *,
    estimate: Estimate,
    pause: Pause = asyncio.sleep,
    told: Callable[[RowT, str], RowT] | None = None,
) -> RowT:
    """Return a row once it is no longer under way, or as it is after `seconds`; no connection is held between reads.

    With `told`, which makes the row of what a pause was told, it is not read then.
    """
    started = time.monotonic()
    looks = 0
    while is_under_way(row) and (passed := time.monotonic() - started) < seconds:
        news = await pause(min(_pause(passed) if looks else estimate.seconds, seconds - passed))
        row = told(row, news) if told and news else await run_in_threadpool(_read_again, row, read, database)
        looks += 1
        if not is_under_way(row):
            estimate.learn(time.monotonic() - started, at_first_look=looks == 1)
    return row


def _pause(passed: float) -> float:
    """Return the seconds until the next read."""
    return min(max(passed * _PAUSE_SHARE, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


def _read_again(row: RowT, read: Callable[[Connection, RowT], RowT], database: Database) -> RowT:
    try:
        return database.ask(lambda connection: read(connection, row))
    except psycopg.OperationalError:
        # It is queued whatever we can see of it now: to fail here would invite a second one.
        return row
