"""One idle connection to the database, for what is worth knowing at once.

NOTIFY wakes the owner of a session at commit: an accelerator, never relied on. And the connection breaks the moment the
database goes away: whatsmeow cannot decrypt then what it still receives, gives a message up after five tries within
50 ms (measured), and so must not receive anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from connector.shards.doorbell_poller import WakeSession
from gateway.backoff import Backoff
from gateway.store.connecting import connect, notifications
from gateway.store.failures import Cause, cause_of

log = logging.getLogger(__name__)

# How long a dead connection may go unnoticed.
CHECK_SECONDS = 30.0


class Listener:
    """A thread; `wake` has what to call for each channel, `on_away` is called once for each absence of the database."""

    def __init__(self, dsn: str, *, listen: bool, wake: Mapping[str, WakeSession], on_away: Callable[[], None]) -> None:
        self._dsn = dsn
        self._listen = listen
        self._wake = wake
        self._on_away = on_away
        self._is_away = False
        self._stop = threading.Event()
        self._backoff = Backoff(0.2, 5.0)

    def start(self) -> None:
        threading.Thread(target=self._run, name="listener", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                connection = connect(self._dsn, tuple_row, autocommit=True)
            except psycopg.Error as error:
                self._note_refusal(error)
                self._stop.wait(self._backoff.next())
                continue
            try:
                self._wait(connection)
            except psycopg.Error as error:
                log.warning("the database closed a connection", extra={"error": type(error).__name__})
            except Exception:
                log.exception("listening failed")
                self._stop.wait(self._backoff.next())

    def _note_refusal(self, error: psycopg.Error) -> None:
        """A database that takes no more connections for now still serves those that are open."""
        if cause_of(error) is not Cause.AWAY:
            log.warning("the database takes no connection", extra={"error": type(error).__name__})
        elif not self._is_away:
            self._is_away = True
            log.error("the database is away", extra={"error": type(error).__name__})
            self._on_away()

    def _wait(self, connection: psycopg.Connection) -> None:
        """Wait for notifications until the connection breaks; psycopg.Error is raised then."""
        with connection:
            for channel in self._wake if self._listen else ():
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            self._report_back()
            while not self._stop.is_set():
                for notification in notifications(connection, CHECK_SECONDS):
                    self._wake_session(notification)
                connection.execute("SELECT 1")

    def _report_back(self) -> None:
        self._backoff.reset()
        if self._is_away:
            self._is_away = False
            log.info("the database is back")

    def _wake_session(self, notification: psycopg.Notify) -> None:
        shard, _, session_id = notification.payload.partition(":")
        try:
            self._wake[notification.channel](int(shard), UUID(session_id))
        except ValueError:
            log.warning("a notification could not be read")
