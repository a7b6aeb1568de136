"""Keeps one session as its row asks for, under one term: compares, acts, and again."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from uuid import UUID

import psycopg

from connector.sessions import command_outcomes, pairing_recovery
from connector.sessions.activity import Activity, SessionContext, SessionEvent, Wake
from connector.sessions.goal import Goal, goal_of
from connector.sessions.idle import Idle
from connector.sessions.online import Online
from connector.sessions.owned_session import OwnedSession
from connector.sessions.pairing import Pairing
from connector.sessions.receiver import Receiver
from connector.sessions.resources import Resources
from connector.sessions.unlinking import Unlinking
from connector.term import Term
from gateway.backoff import Backoff
from gateway.domain.errors import LeaseLost
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


class Reconciler:
    """A thread that reads mail and advances one activity.

    `retire` answers whether a runner with nothing to do may end; `forget` is told of every end.
    """

    def __init__(
        self,
        resources: Resources,
        term: Term,
        session_id: UUID,
        retire: Callable[[Reconciler], bool],
        forget: Callable[[Reconciler], None],
    ) -> None:
        self.session_id = session_id
        self._resources = resources
        self._retire = retire
        self._forget = forget
        self._mail: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        self._record = OwnedSession(resources, term, session_id)
        self._receiver = Receiver(resources, self._record)
        self._desk = SessionContext(resources, self._record, self._mail.put, self._receiver.wake)
        self._goal = Goal.REST
        self._activity: Activity = Idle(self._desk)
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)
        self._patience: float | None = None
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"runner-{session_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Rows may have changed."""
        self._activity.wake()
        self._mail.put(Wake())

    @property
    def has_mail(self) -> bool:
        return not self._mail.empty()

    def suspend(self) -> None:
        """The database is away; from any thread."""
        self._activity.suspend()

    def finish(self, patience: float) -> None:
        """End in good order: finish what is running, store and process what was received."""
        self._patience = patience
        self._mail.put(Wake())

    def abandon(self) -> None:
        """The lease is lost: sockets are closed when this returns, nothing more is written."""
        self._abandoned.set()
        self._activity.abandon()
        self._receiver.abandon()
        self._mail.put(Wake())

    def join(self, timeout: float) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        due: float | None = None
        while self._patience is None and not self._abandoned.is_set():
            self._read_mail(due)
            try:
                if not self._step():
                    return self._leave()
                due = self._activity.due
                self._backoff.reset()
            except LeaseLost:
                return self._leave()
            except psycopg.OperationalError as error:
                log.warning("a session waits for the database", extra={**self._ids, "error": type(error).__name__})
                due = time.monotonic() + self._backoff.next()
            except Exception:
                log.exception("running a session failed", extra=self._ids)
                due = time.monotonic() + self._backoff.next()
        self._leave()

    def _read_mail(self, due: float | None) -> None:
        """One note, waiting for it until `due`, so that each change is acted on; many calls to look are one."""
        timeout = None if due is None else max(due - time.monotonic(), 0.0)
        try:
            note = self._mail.get(timeout=timeout)
            while isinstance(note, Wake):
                note = self._mail.get_nowait()
            self._activity.handle(note)
        except queue.Empty:
            pass

    def _step(self) -> bool:
        """False when the session needs no runner any more."""
        look = self._record.look()
        if look is None:
            return False
        # Not earlier: the look has put our epoch on a session that is newer than our term.
        self._receiver.start()
        if look.expired:
            command_outcomes.expire(self._record)
        if pairing_recovery.is_open(look.session) and not self._is_pairing:
            pairing_recovery.conclude(self._desk, look.session)
            self._mail.put(Wake())
            return True
        self._turn_to(goal_of(look), look.session)
        self._activity.advance(look)
        return not (self._activity.done and self._goal is Goal.REST and self._retire(self))

    def _turn_to(self, goal: Goal, session: Session) -> None:
        if goal is self._goal:
            return
        self._activity.end(self._resources.settings.close_seconds)
        self._activity = self._begin(goal, session)
        self._goal = goal

    def _begin(self, goal: Goal, session: Session) -> Activity:
        match goal:
            case Goal.REST:
                return Idle(self._desk)
            case Goal.PAIR:
                return Pairing(self._desk)
            case Goal.RUN:
                return Online(self._desk, session)
            case Goal.UNLINK:
                return Unlinking(self._desk)

    @property
    def _is_pairing(self) -> bool:
        return isinstance(self._activity, Pairing) and self._activity.running

    def _leave(self) -> None:
        patience = None if self._abandoned.is_set() else self._patience
        try:
            if patience is None:
                self._activity.abandon()
                self._receiver.abandon()
            else:
                self._end(patience)
        except Exception:
            log.exception("a session did not end in good order", extra=self._ids)
        finally:
            self._forget(self)

    def _end(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        self._activity.end(patience)
        if not self._receiver.stop(max(deadline - time.monotonic(), self._resources.settings.idle_seconds)):
            log.info("received events are left to the next owner", extra=self._ids)

    @property
    def _ids(self) -> dict[str, str]:
        return {"session_id": str(self.session_id)}
