"""Imports the history that the phone of a session gave, piece by piece, each in a transaction of a few.

What is left when its worker ends, in whatever way, is imported by the next owner: a piece goes in the transaction that
has its effect.
"""

from __future__ import annotations

import logging
import threading

from connector.sessions.owned_session import OwnedSession
from connector.sessions.past import Past
from connector.sessions.resources import Resources
from connector.sessions.trials import ATTEMPTS, DATA_ATTEMPTS, blame
from gateway.backoff import Backoff
from gateway.correlation import about_session
from gateway.domain.errors import LeaseLost
from gateway.domain.events import EventType
from gateway.domain.history import ALL, HistoryImport
from gateway.store import history
from gateway.store.failures import Cause
from gateway.store.fence import Fence
from gateway.store.history import Piece

log = logging.getLogger(__name__)

# Some two hundred messages: what comes now waits for the session's row no longer than that takes.
PIECES = 4


class HistoryImporter:
    """Has a thread while there is something to import."""

    def __init__(self, resources: Resources, owned_session: OwnedSession) -> None:
        self._resources = resources
        self._owned_session = owned_session
        self._lock = threading.Lock()
        self._woken = False
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._singly = 0
        self._pauses = Backoff(0.2, resources.settings.look_interval_seconds)

    def wake(self) -> None:
        """Import what waits."""
        with self._lock:
            self._woken = True
            if self._thread is None and not self._stopping.is_set():
                name = f"history-{self._owned_session.session_id}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after what is being imported; the rest is left to the next owner."""
        self.abandon()
        if (thread := self._thread) is not None:
            thread.join(timeout)

    def abandon(self) -> None:
        """Stop without waiting."""
        self._stopping.set()

    def _run(self) -> None:
        with about_session(self._owned_session.session_id):
            while self._is_woken():
                self._import_all()

    def _is_woken(self) -> bool:
        with self._lock:
            woken, self._woken = self._woken, False
            if not woken:
                self._thread = None
            return woken

    def _import_all(self) -> None:
        while not self._stopping.is_set():
            pieces: list[Piece] = []
            try:
                if not self._import_some(pieces):
                    return
                self._singly = max(self._singly - 1, 0)
                self._pauses.reset()
            except LeaseLost:
                self._stopping.set()
            except Exception as error:  # noqa: BLE001 - the one place where a failure of any kind ends
                self._note(error, pieces)
                self._stopping.wait(self._pauses.next())

    def _import_some(self, pieces: list[Piece]) -> bool:
        """Import the oldest pieces, and list them; return whether there were any."""
        with self._owned_session.fence() as fence:
            limit = 1 if self._singly else PIECES
            pieces += history.ask_oldest(fence.connection, fence.session_id, limit).fetchall()
            if not pieces:
                return False
            past = Past(fence, self._resources.credentials)
            for piece in pieces:
                past.take_in(piece)
            history.forget(fence.connection, pieces)
            _note_progress(fence, past)
        self._resources.media_doorbells.ring(fence.media)
        return True

    def _note(self, error: Exception, pieces: list[Piece]) -> None:
        """Have those tried one by one that failed together; what fails alone again and again is set aside."""
        cause = blame(error)
        log.warning("the history waits", extra={"error": type(error).__name__, "cause": cause})
        if cause in (Cause.AWAY, Cause.BUSY) or not pieces:
            return
        if len(pieces) > 1:
            self._singly = len(pieces)
            return
        try:
            self._count_attempt(pieces[0], error, DATA_ATTEMPTS if cause is Cause.DATA else ATTEMPTS)
        except LeaseLost:
            self._stopping.set()
        except Exception:
            log.exception("an attempt could not be counted")

    def _count_attempt(self, piece: Piece, error: Exception, most: int) -> None:
        with self._owned_session.fence() as fence:
            history.count_attempt(fence.connection, piece.id)
            if piece.attempts + 1 >= most:
                history.set_aside(fence.connection, piece.id, type(error).__name__)
                reason = {"kind": "history", "reason": type(error).__name__}
                fence.emit(EventType.MESSAGE_UNPROCESSED, reason)


def _note_progress(fence: Fence, past: Past) -> None:
    """Note how far it has come, with an event now and then, and one at the end."""
    now = fence.session.as_of
    done = HistoryImport.of(fence.session.history_import).advanced(past.messages, past.chunks, now)
    is_end = done.percent >= ALL and not done.finished_at and not history.is_waiting(fence.connection, fence.session_id)
    if is_end:
        done = done.finished(history.count_chats(fence.connection, fence.session_id), now)
        fence.emit(EventType.HISTORY_IMPORTED, done.told_at_end())
    elif not done.finished_at and done.is_to_be_announced(now):
        done = done.announced(history.count_chats(fence.connection, fence.session_id), now)
        fence.emit(EventType.HISTORY_PROGRESS, done.told())
    fence.note_history(done.document())
