"""The end of the event log, read once for everybody in this process who follows it: each is woken by what concerns it.

Those who are woken read the log by their own cursor: to wake somebody too often, or late, does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from gateway.announcements import Announcements, announcements
from gateway.domain.access import EVERYTHING, Reach
from gateway.domain.errors import CursorExpired
from gateway.listening import Listener
from gateway.store import event_log
from gateway.store.database import Database
from gateway.store.event_log import EventFilter, LoggedEvent

log = logging.getLogger(__name__)

_BATCH = 200
_AWAY_SECONDS = 1.0
# How often the log is looked at anyway: nothing is announced behind a pooler, or by the release before.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Follower:
    """Who wants to be woken, and by which events; `wake` is called on the tail's thread and must return at once."""

    reach: Reach
    only: EventFilter
    wake: Callable[[], None]

    def wants(self, event: LoggedEvent) -> bool:
        session_id, only = event.position.session_id, self.only
        return (
            self.reach.user_profile_id in (None, event.user_profile_id)
            and (self.reach.session_ids is None or session_id in self.reach.session_ids)
            and (only.session_ids is None or session_id in only.session_ids)
            and (only.types is None or event.type in only.types)
        )


class EventTail:
    """A thread that runs while there are followers; where the listener hears nothing, it looks by itself."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._lock = threading.Lock()
        self._followers: set[Follower] = set()
        self._thread: threading.Thread | None = None
        self._position = event_log.EARLIEST

    @contextmanager
    def following(self, follower: Follower) -> Iterator[None]:
        """Wake a follower whenever there may be news for it, until the block ends."""
        with self._lock:
            self._followers.add(follower)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="event tail", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._followers.discard(follower)

    def wait_until_idle(self) -> None:
        """Return when the thread has ended, because nobody follows any more."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while self._goes_on():
            try:
                with announcements(self._database, self._listener) as announced:
                    self._begin()
                    self._read_on(announced)
                    return
            except psycopg.Error as error:
                log.warning("the end of the event log cannot be read", extra={"error": type(error).__name__})
            except Exception:
                log.exception("reading the end of the event log failed")
            time.sleep(_AWAY_SECONDS)

    def _goes_on(self) -> bool:
        """Return whether somebody follows; where nobody does, this thread ends and the next follower starts another."""
        with self._lock:
            if not self._followers:
                self._thread = None
            return bool(self._followers)

    def _begin(self) -> None:
        with self._database.transaction() as connection:
            self._position = event_log.latest(connection)
        # Their cursors may be older than that.
        self._wake(None)

    def _read_on(self, announced: Announcements) -> None:
        while self._goes_on():
            announced.wait(self._position.xid, _LOOK_SECONDS)
            self._read()

    def _read(self) -> None:
        events = None
        while events is None or len(events) == _BATCH:
            try:
                with self._database.transaction() as connection:
                    events, self._position = event_log.read(connection, EVERYTHING, self._position, _BATCH)
            except CursorExpired:  # it was away for weeks, or the database was restored
                self._begin()
                return
            self._wake(events)

    def _wake(self, events: list[LoggedEvent] | None) -> None:
        """Wake those who want one of the events; all where None."""
        with self._lock:
            followers = list(self._followers)
        for follower in followers:
            if events is None or any(map(follower.wants, events)):
                follower.wake()
