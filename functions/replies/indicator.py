"""The typing indicator while a model thinks: shown at once, and again before it fades."""

from __future__ import annotations

from threading import Event, Thread
from uuid import UUID

import psycopg

from functions.replies.doorbells import Doorbells
from gateway.domain.commands import CommandKind
from gateway.store import commands
from gateway.store.database import Database
from gateway.store.sessions import Session
from gateway.telemetry import logger

# A phone lets the indicator fade by itself; an older one is not worth showing any more.
_EXPIRES_SECONDS = 10.0


class TypingIndicator:
    """A context manager; nothing is shown after it, so that no indicator follows the answer."""

    def __init__(self, database: Database, doorbells: Doorbells, session: Session, chat_id: UUID, again: float) -> None:
        self._database = database
        self._doorbells = doorbells
        self._session = session
        self._chat_id = chat_id
        self._again = again
        self._over = Event()
        self._thread = Thread(target=self._show, name=f"typing-{chat_id}", daemon=True)

    def __enter__(self) -> TypingIndicator:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def end(self) -> None:
        """Take the indicator back: there will be no answer."""
        self._queue(composing=False)

    def _show(self) -> None:
        while not self._over.is_set():
            self._queue(composing=True)
            self._over.wait(self._again)

    def _queue(self, *, composing: bool) -> None:
        payload = {"chatId": str(self._chat_id), "composing": composing}
        try:
            with self._database.transaction() as connection:
                commands.enqueue(
                    connection, self._session, CommandKind.TYPING, payload, expires_seconds=_EXPIRES_SECONDS
                )
        except psycopg.Error as error:
            logger("replies").warning("typing not shown", error=type(error).__name__)
            return
        self._doorbells.ring_owner(self._session)
