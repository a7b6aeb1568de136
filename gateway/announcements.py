"""Waits for events that are announced by NOTIFY; where there is no connection to listen on, it just waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow, tuple_row

from gateway.store import event_listeners
from gateway.store.connecting import connect
from gateway.store.database import Database
from gateway.store.ids import new_id

_ANNOUNCED_SECONDS = 120.0
_RENEW_SECONDS = 30.0
# What was announced can be read when every older transaction has ended; most end at once.
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.25


class Announcements:
    """`read_to` is how far the log has been read; what was announced beyond it is waited for in short pauses."""

    def __init__(self, database: Database, connection: psycopg.Connection[TupleRow] | None) -> None:
        self._database = database
        self._connection = connection
        self._listener = new_id()
        self._renew_at = float("-inf")
        self._announced = 0
        self._pause = _FIRST_PAUSE_SECONDS

    def begin(self) -> None:
        """Have events announced from now on. Raises psycopg.Error."""
        if self._connection is not None:
            self._connection.execute(f"LISTEN {event_listeners.CHANNEL}")
            self._renew()

    def wait(self, read_to: int, seconds: float) -> None:
        """Return as soon as there may be something to read, or after the time. Raises psycopg.Error."""
        if self._connection is None:
            time.sleep(seconds)
            return
        self._renew()
        behind = self._announced >= read_to
        pause = min(self._pause, seconds) if behind else seconds
        for announced in self._connection.notifies(timeout=pause, stop_after=1):
            self._announced = max(self._announced, int(announced.payload))
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS) if behind else _FIRST_PAUSE_SECONDS

    def end(self) -> None:
        """Need no more announcements. Raises psycopg.Error."""
        if self._connection is not None:
            with self._database.transaction() as connection:
                event_listeners.withdraw(connection, self._listener)

    def _renew(self) -> None:
        if time.monotonic() >= self._renew_at:
            with self._database.transaction() as connection:
                event_listeners.announce(connection, self._listener, _ANNOUNCED_SECONDS)
            self._renew_at = time.monotonic() + _RENEW_SECONDS


@contextmanager
def announcements(database: Database, dsn: str | None) -> Iterator[Announcements]:
    """Yield what is announced on a connection of its own; nothing without a direct `dsn`. Raises psycopg.Error."""
    connection = connect(dsn, tuple_row, autocommit=True) if dsn else None
    found = Announcements(database, connection)
    try:
        found.begin()
        yield found
        found.end()
    finally:
        if connection is not None:
            connection.close()
