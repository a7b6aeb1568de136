"""The typing indicator while a model thinks: shown once that takes time, and again before it fades."""

from __future__ import annotations

import logging
from threading import Event, Lock, Thread
from uuid import UUID

import psycopg

from gateway.aws.notifier import Notifier
from gateway.correlation import about_session
from gateway.domain.commands import CommandKind
from gateway.domain.presence import TypingState, typing_payload
from gateway.store import commands
from gateway.store.database import Database
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# A phone lets the indicator fade by itself; an older one is not worth showing any more.
_EXPIRES_SECONDS = 10.0
# An answer that is there sooner needs no sign: nobody would see it, and the answer would leave after it.
_FIRST_AFTER_SECONDS = 0.2


class TypingIndicator:
    """A context manager that shows it every `interval` seconds, and never after its end: none follows the answer.

    The end waits for a row that is being written, and not for the doorbell after it.
    """

    def __init__(
        self, database: Database, notifier: Notifier, session: Session, chat_id: UUID, interval: float
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._session = session
        self._chat_id = chat_id
        self._interval = interval
        self._over = Event()
        self._writing = Lock()
        self._is_shown = False
        self._thread = Thread(target=self._show, name=f"typing-{chat_id}", daemon=True)

    def __enter__(self) -> TypingIndicator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._writing:
            self._over.set()

    def take_back(self) -> None:
        """Hide the indicator, because there will be no answer."""
        if self._is_shown and self._queue(TypingState.PAUSED):
            self._wake_owner()

    def _show(self) -> None:
        wait = _FIRST_AFTER_SECONDS
        with about_session(self._session.id):
            while not self._over.wait(wait):
                with self._writing:
                    if self._over.is_set():
                        return
                    self._is_shown = self._queue(TypingState.TYPING) or self._is_shown
                self._wake_owner()
                wait = self._interval

    def _queue(self, state: TypingState) -> bool:
        """Return whether the row is written."""
        payload = typing_payload(self._chat_id, state)
        try:
            with self._database.transaction() as connection:
                commands.enqueue(
                    connection, self._session, CommandKind.TYPING, payload, expires_seconds=_EXPIRES_SECONDS
                )
        except psycopg.Error as error:
            log.warning("typing not shown", extra={"error": type(error).__name__})
            return False
        return True

    def _wake_owner(self) -> None:
        if not self._session.listens:
            self._notifier.wake_owner(self._session.shard, self._session.id)
