"""What PostgreSQL notifies this process of: over one connection of its own, whoever in it wants to hear.

An extra, as every NOTIFY: who waits looks by itself, too, where nothing is heard.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow, tuple_row

from gateway.backoff import Backoff
from gateway.store.connecting import connect, notifications

log = logging.getLogger(__name__)

# How long a dead connection may go unnoticed.
CHECK_SECONDS = 30.0
# How long the thread takes to notice that nobody hears any more.
_NOTICE_SECONDS = 1.0

# Called on the listener's thread, with a payload, or None when it begins to hear; must return at once.
Hear = Callable[[str | None], None]


class Listener:
    """A thread that runs while somebody hears; `dsn` is a direct connection's, or None: nothing is heard."""

    def __init__(self, dsn: str | None, channels: Sequence[LiteralString]) -> None:
        self._dsn = dsn
        self._channels = channels
        self._lock = threading.Lock()
        self._hearers: set[tuple[str, Hear]] = set()
        self._thread: threading.Thread | None = None
        self._hears = False

    @property
    def is_direct(self) -> bool:
        """Whether anything can be heard at all."""
        return self._dsn is not None

    @property
    def hears(self) -> bool:
        """Whether it is heard now what happens."""
        return self._hears

    def add(self, channel: str, hear: Hear) -> None:
        """Have `hear` called with what comes on one of the channels, once however often it is added."""
        with self._lock:
            self._hearers.add((channel, hear))
            if self._dsn is not None and self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(self._dsn,), name="listener", daemon=True)
                self._thread.start()

    def remove(self, channel: str, hear: Hear) -> None:
        """Call `hear` no more."""
        with self._lock:
            self._hearers.discard((channel, hear))

    def _run(self, dsn: str) -> None:
        backoff = Backoff(0.2, 5.0)
        while self._goes_on():
            try:
                with connect(dsn, tuple_row, autocommit=True) as connection:
                    self._listen(connection, backoff)
            except psycopg.Error as error:
                self._hears = False
                log.warning("nothing is heard of the database", extra={"error": type(error).__name__})
                time.sleep(backoff.next())

    def _goes_on(self) -> bool:
        """Return whether somebody hears; where nobody does, this thread ends and the next one starts another."""
        with self._lock:
            if not self._hearers:
                self._thread = None
            return bool(self._hearers)

    def _listen(self, connection: psycopg.Connection[TupleRow], backoff: Backoff) -> None:
        """Listen until nobody hears, or the connection breaks: psycopg.Error is raised then."""
        for channel in self._channels:
            connection.execute(f"LISTEN {channel}")
        self._hears = True
        backoff.reset()
        self._tell(None, None)
        check_at = time.monotonic() + CHECK_SECONDS
        while self._hearers:
            for notification in notifications(connection, _NOTICE_SECONDS):
                self._tell(notification.channel, notification.payload)
            if time.monotonic() >= check_at:
                connection.execute("SELECT 1")
                check_at = time.monotonic() + CHECK_SECONDS
        self._hears = False

    def _tell(self, channel: str | None, payload: str | None) -> None:
        with self._lock:
            hearers = list(self._hearers)
        for wanted, hear in hearers:
            if channel in (None, wanted):
                hear(payload)
