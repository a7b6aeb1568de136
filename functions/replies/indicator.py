"""The typing indicator while a model thinks: shown at once, and again before it fades."""

from __future__ import annotations

import logging
from threading import Event, Thread
from uuid import UUID

import psycopg

from gateway.aws.notifier import Notifier
from gateway.correlation import about_session
from gateway.domain.commands import CommandKind
from gateway.store import commands
from gateway.store.database import Database
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# A phone lets the indicator fade by itself; an older one is not worth showing any more.
_EXPIRES_SECONDS = 10.0


class TypingIndicator:
    """A context manager that shows it every `interval` seconds, and never after its end: none follows the answer."""

    def __init__(
        self, database: Database, notifier: Notifier, session: Session, chat_id: UUID, interval: float
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._session = session
        self._chat_id = chat_id
        self._interval = interval
        self._over = Event()
        self._thread = Thread(target=self._show, name=f"typing-{chat_id}", daemon=True)

    def __enter__(self) -> TypingIndicator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def take_back(self) -> None:
        """Hide the indicator, because there will be no answer."""
        self._queue(composing=False)

    def _show(self) -> None:
        with about_session(self._session.id):
            while not self._over.is_set():
                self._queue(composing=True)
                self._over.wait(self._interval)

    def _queue(self, *, composing: bool) -> None:
        payload = {"chatId": str(self._chat_id), "composing": composing}
        try:
            with self._database.transaction() as connection:
                commands.enqueue(
                    connection, self._session, CommandKind.TYPING, payload, expires_seconds=_EXPIRES_SECONDS
                )
        except psycopg.Error as error:
            log.warning("typing not shown", extra={"error": type(error).__name__})
            return
        self._notifier.wake_owner(self._session.shard, self._session.id)
