"""Hears what becomes of sends, over one connection to the database a process, where it is a direct one.

An extra, as every NOTIFY: who waits reads the row, and reads it again where nothing was heard.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict, defaultdict
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from gateway.backoff import Backoff
from gateway.store.connecting import connect
from gateway.store.outgoing import SETTLED_CHANNEL

log = logging.getLogger(__name__)

# How long a dead connection may go unnoticed.
CHECK_SECONDS = 30.0
# Where nothing is heard the row is read as often; more than the time until an answer is normally there.
QUIET_SECONDS = 1.0
# Of sends that were settled before anybody waited for them.
_REMEMBERED = 1000

_Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class SendListener:
    """The thread starts when somebody waits first; `dsn` is None where the connection is not a direct one."""

    def __init__(self, dsn: str | None) -> None:
        self._dsn = dsn
        self._lock = threading.Lock()
        self._waiters: defaultdict[UUID, list[_Waiter]] = defaultdict(list)
        self._settled: OrderedDict[UUID, None] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._hears = False

    def start(self) -> None:
        """Begin to listen, once however often it is called."""
        with self._lock:
            if self._dsn is not None and self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(self._dsn,), name="send-listener", daemon=True)
                self._thread.start()

    @property
    def hears(self) -> bool:
        """Whether what becomes of sends is heard now."""
        return self._hears

    async def pause(self, message_id: UUID, seconds: float) -> None:
        """Wait until the send is settled, for a while; for `seconds` where nobody listens."""
        if not self._hears:
            return await asyncio.sleep(seconds)
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if message_id in self._settled:
                return None
            self._waiters[message_id].append(waiter)
        try:
            async with asyncio.timeout(max(seconds, QUIET_SECONDS)):
                await waiter[1].wait()
        except TimeoutError:
            return None
        finally:
            self._leave(message_id, waiter)

    def _leave(self, message_id: UUID, waiter: _Waiter) -> None:
        with self._lock:
            self._waiters[message_id].remove(waiter)
            if not self._waiters[message_id]:
                del self._waiters[message_id]

    def _run(self, dsn: str) -> None:
        backoff = Backoff(0.2, 5.0)
        while True:
            try:
                with connect(dsn, tuple_row, autocommit=True) as connection:
                    self._listen(connection, backoff)
            except psycopg.Error as error:
                self._hears = False
                log.warning("sends are not heard of", extra={"error": type(error).__name__})
            time.sleep(backoff.next())

    def _listen(self, connection: psycopg.Connection[tuple[object, ...]], backoff: Backoff) -> None:
        """Listen until the connection breaks; psycopg.Error is raised then."""
        connection.execute(f"LISTEN {SETTLED_CHANNEL}")
        self._hears = True
        backoff.reset()
        while True:
            for notification in connection.notifies(timeout=CHECK_SECONDS):
                self._settle(UUID(notification.payload))
            connection.execute("SELECT 1")

    def _settle(self, message_id: UUID) -> None:
        with self._lock:
            self._settled[message_id] = None
            if len(self._settled) > _REMEMBERED:
                self._settled.popitem(last=False)
            for loop, event in self._waiters.get(message_id, ()):
                loop.call_soon_threadsafe(event.set)
