"""Waits for what others are doing: looks again and again, soon at first."""

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
# Of the time that has passed: nobody waits much longer than the thing itself took.
_PAUSE_SHARE = 0.25

T = TypeVar("T")


async def settled(
    database: Database,
    thing: T,
    look: Callable[[Connection, T], T],
    is_under_way: Callable[[T], bool],
    seconds: float,
) -> T:
    """The thing once it is no longer under way, or as it is after `seconds`; no connection is held between looks."""
    begun = time.monotonic()
    while is_under_way(thing) and (passed := time.monotonic() - begun) < seconds:
        await asyncio.sleep(min(_pause(passed), seconds - passed))
        thing = await run_in_threadpool(_looked_up, database, thing, look)
    return thing


def _pause(passed: float) -> float:
    """Until the next look, in seconds."""
    return min(max(passed * _PAUSE_SHARE, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


def _looked_up(database: Database, thing: T, look: Callable[[Connection, T], T]) -> T:
    try:
        with database.transaction() as connection:
            return look(connection, thing)
    except psycopg.OperationalError:
        # It is queued whatever we can see of it now: to fail here would invite a second one.
        return thing
