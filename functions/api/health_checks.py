"""Checks of what the API needs; whoever asks, and however many, each part is asked once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from functions.api.schemas.health import CheckBody, ChecksBody
from gateway.aws.queues import CommandQueues, QueuesUnavailable
from gateway.store.database import Database

_BOUND_SECONDS = 2.0
# Anybody may ask, without a key.
_KEPT_SECONDS = 1.0

# Threads of their own: a check that hangs must not delay the response, nor take threads from other requests.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")


class HealthChecks:
    """`read` is for one event loop."""

    def __init__(self, database: Database, queues: CommandQueues) -> None:
        self._database = database
        self._queues = queues
        self._lock = asyncio.Lock()
        self._found: ChecksBody | None = None
        self._found_at = 0.0

    async def read(self) -> ChecksBody:
        """Return which parts answered, now or up to a second ago."""
        async with self._lock:
            if self._found is None or time.monotonic() > self._found_at + _KEPT_SECONDS:
                database, queues = await asyncio.gather(_timed(self._check_database), _timed(self._queues.check))
                self._found, self._found_at = ChecksBody(database=database, queues=queues), time.monotonic()
            return self._found

    def _check_database(self) -> None:
        with self._database.transaction() as connection:
            connection.execute("SELECT 1")


async def _timed(check: Callable[[], None]) -> CheckBody:
    started = time.perf_counter()
    checked = asyncio.get_running_loop().run_in_executor(_threads, check)
    try:
        await asyncio.wait_for(checked, _BOUND_SECONDS)
    except (TimeoutError, psycopg.OperationalError, QueuesUnavailable):
        return CheckBody(status="unreachable", latency_ms=_since(started))
    return CheckBody(status="ok", latency_ms=_since(started))


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
