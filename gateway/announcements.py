"""Waits for events that are announced by NOTIFY; where nothing can be heard, it just waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.listening import Listener
from gateway.store import event_listeners
from gateway.store.database import Database
from gateway.store.ids import new_id

_ANNOUNCED_SECONDS = 120.0
_RENEW_SECONDS = 30.0
# What was announced can be read when every older transaction has ended; most end at once.
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.25


class Announcements:
    """`read_to` is how far the log has been read; what was announced beyond it is waited for in short pauses."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._id = new_id()
        self._renew_at = float("-inf")
        self._announced = 0
        self._heard = threading.Event()
        self._pause = _FIRST_PAUSE_SECONDS

    def begin(self) -> None:
        """Have events announced from now on. Raises psycopg.Error."""
        if self._listener.is_direct:
            self._listener.add(event_listeners.CHANNEL, self._hear)
            self._renew()

    def wait(self, read_to: int, seconds: float) -> None:
        """Return as soon as there may be something to read, or after the time. Raises psycopg.Error."""
        if not self._listener.is_direct:
            time.sleep(seconds)
            return
        self._renew()
        behind = self._announced >= read_to
        self._heard.wait(min(self._pause, seconds) if behind else seconds)
        self._heard.clear()
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS) if behind else _FIRST_PAUSE_SECONDS

    def end(self) -> None:
        """Need no more announcements. Raises psycopg.Error."""
        if self._listener.is_direct:
            with self._database.transaction() as connection:
                event_listeners.withdraw(connection, self._id)

    def leave(self) -> None:
        """Hear no more."""
        self._listener.remove(event_listeners.CHANNEL, self._hear)

    def _hear(self, announced: str | None) -> None:
        if announced is not None:
            self._announced = max(self._announced, int(announced))
        self._heard.set()

    def _renew(self) -> None:
        if time.monotonic() >= self._renew_at:
            with self._database.transaction() as connection:
                event_listeners.announce(connection, self._id, _ANNOUNCED_SECONDS)
            self._renew_at = time.monotonic() + _RENEW_SECONDS


@contextmanager
def announcements(database: Database, listener: Listener) -> Iterator[Announcements]:
    """Yield what is announced to a listener; nothing where that is not direct. Raises psycopg.Error."""
    found = Announcements(database, listener)
    try:
        found.begin()
        yield found
        found.end()
    finally:
        found.leave()
