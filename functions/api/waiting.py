"""Waits for what others do to a row: reads it again and again, soon at first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from starlette.concurrency import run_in_threadpool

from gateway.store.database import Connection, Database

_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.25
# Of the time that has passed: nobody waits much longer than the change itself took.
_PAUSE_SHARE = 0.25

RowT = TypeVar("RowT")


async def wait_while(
    is_under_way: Callable[[RowT], bool],
    row: RowT,
    read: Callable[[Connection, RowT], RowT],
    database: Database,
    seconds: float,
) -> RowT:
    """Return a row once it is no longer under way, or as it is after `seconds`; no connection is held between reads."""
    started = time.monotonic()
    while is_under_way(row) and (passed := time.monotonic() - started) < seconds:
        await asyncio.sleep(min(_pause(passed), seconds - passed))
        row = await run_in_threadpool(_read_again, row, read, database)
    return row


def _pause(passed: float) -> float:
    """Return the seconds until the next read."""
    return min(max(passed * _PAUSE_SHARE, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


def _read_again(row: RowT, read: Callable[[Connection, RowT], RowT], database: Database) -> RowT:
    try:
        with database.transaction() as connection:
            return read(connection, row)
    except psycopg.OperationalError:
        # It is queued whatever we can see of it now: to fail here would invite a second one.
        return row
