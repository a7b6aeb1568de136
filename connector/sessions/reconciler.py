"""Brings one session to what its row asks for, under one term: compares, acts, and repeats."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import psycopg

from connector.sessions import command_outcomes, pairing_recovery
from connector.sessions.activity import Activity, SessionContext, SessionEvent, Wake
from connector.sessions.goal import Goal, goal_of
from connector.sessions.history_importer import HistoryImporter
from connector.sessions.idle import Idle
from connector.sessions.online import Online
from connector.sessions.owned_session import OwnedSession
from connector.sessions.pairing import Pairing
from connector.sessions.receiver import Receiver
from connector.sessions.resources import Resources
from connector.sessions.unlinking import Unlinking
from connector.term import Term
from gateway.backoff import Backoff
from gateway.correlation import about_session
from gateway.domain.errors import LeaseLost
from gateway.domain.history import HistoryScope
from gateway.store.sessions import Session

log = logging.getLogger(__name__)


class Reconciler:
    """A thread that reads a mailbox and advances one activity.

    `retire` returns whether a reconciler with nothing to do may end; `on_end` is called at every end.
    """

    def __init__(
        self,
        resources: Resources,
        term: Term,
        session_id: UUID,
        retire: Callable[[Reconciler], bool],
        on_end: Callable[[Reconciler], None],
    ) -> None:
        self.session_id = session_id
        self._resources = resources
        self._retire = retire
        self._on_end = on_end
        self._mailbox: queue.SimpleQueue[SessionEvent] = queue.SimpleQueue()
        self._owned_session = OwnedSession(resources, term, session_id)
        self._receiver = Receiver(resources, self._owned_session)
        self._importer = HistoryImporter(resources, self._owned_session)
        self._has_looked = False
        self._acted_on: datetime | None = None
        self._context = SessionContext(
            resources,
            self._owned_session,
            self._mailbox.put,
            partial(resources.spool.append, session_id),
            self._is_ending,
        )
        self._goal = Goal.IDLE
        self._activity: Activity = Idle(self._context)
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)
        self._end_timeout: float | None = None
        self._is_foreign = False
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reconciler-{session_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Read the rows, commands and received events: anything may have changed."""
        self._activity.wake()
        self._receiver.wake()
        self.wake_to_read()

    def wake_to_read(self) -> None:
        """Read the session's own row: it may have changed."""
        self._mailbox.put(Wake())

    @property
    def takes_commands(self) -> bool:
        """Whether commands are carried out without a look at the session's own row."""
        return self._activity.takes_commands

    def wake_for_commands(self) -> None:
        """Look for commands; nothing else has changed."""
        self._activity.wake()

    def wake_for_events(self) -> None:
        """Look for received events that wait to be processed."""
        self._receiver.wake()

    def wake_for_history(self) -> None:
        """Import the history that has come."""
        self._importer.wake()

    def has_acted_on(self, updated_at: datetime) -> bool:
        """Whether it knows the session's row as it was changed last, and so what is to be done."""
        return self._acted_on == updated_at

    @property
    def is_overdue(self) -> bool:
        """Whether there is something to do that no row tells of."""
        return self._activity.is_overdue

    @property
    def has_events(self) -> bool:
        return not self._mailbox.empty()

    def suspend(self) -> None:
        """Close the socket until the database, which is away, is back. From any thread."""
        self._activity.suspend()

    def end(self, timeout: float) -> None:
        """Begin to end in good order: finish what is running, store and process what was received."""
        self._end_timeout = timeout
        self._mailbox.put(Wake())

    def abandon(self) -> None:
        """Stop because the lease is lost: sockets are closed when this returns, nothing more is written."""
        self._abandoned.set()
        self._activity.abandon()
        self._receiver.abandon()
        self._importer.abandon()
        self._mailbox.put(Wake())

    def join(self, timeout: float) -> bool:
        """Return whether the thread has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with about_session(self.session_id):
            self._reconcile()
            self._leave()
            self._let_go()

    def _reconcile(self) -> None:
        """Advance until there is nothing to do any more, or this owner is to end."""
        due: float | None = None
        while not self._is_ending():
            self._handle_next(due)
            try:
                if not self._step():
                    return
                due = self._activity.due
                self._backoff.reset()
            except LeaseLost:
                self._is_foreign = True
                return
            except psycopg.OperationalError as error:
                log.warning("a session waits for the database", extra={"error": type(error).__name__})
                due = time.monotonic() + self._backoff.next()
            except Exception:
                log.exception("running a session failed")
                due = time.monotonic() + self._backoff.next()

    def _is_ending(self) -> bool:
        return self._end_timeout is not None or self._abandoned.is_set()

    def _handle_next(self, due: float | None) -> None:
        """Handle one event, waiting for it until `due`, so that each change is acted on; many Wakes are one."""
        timeout = None if due is None else max(due - time.monotonic(), 0.0)
        try:
            event = self._mailbox.get(timeout=timeout)
            while isinstance(event, Wake):
                event = self._mailbox.get_nowait()
            self._activity.handle(event)
        except queue.Empty:
            pass

    def _step(self) -> bool:
        """Return False when the session needs no reconciler any more."""
        snapshot = self._owned_session.read()
        if snapshot is None:
            self._is_foreign = True
            # What is running is to end in good order: until the session is let go, nobody else has it.
            self._end_timeout = self._resources.settings.close_seconds
            return False
        # Not earlier: reading has put our epoch on a session that is newer than our term.
        self._receiver.start()
        self._look_for_history(snapshot.session)
        if snapshot.has_expired:
            command_outcomes.fail_expired(self._owned_session)
        if pairing_recovery.is_due(snapshot.session) and not self._activity.is_pairing:
            pairing_recovery.recover(self._context, snapshot.session)
            self._mailbox.put(Wake())
            return True
        self._pursue(goal_of(snapshot), snapshot.session)
        self._activity.advance(snapshot)
        self._acted_on = snapshot.session.updated_at
        return not (self._activity.done and self._goal is Goal.IDLE and self._retire(self))

    def _look_for_history(self, session: Session) -> None:
        """Go on, once, with what an earlier owner has left."""
        if not self._has_looked and session.history != HistoryScope.NONE:
            self._importer.wake()
        self._has_looked = True

    def _pursue(self, goal: Goal, session: Session) -> None:
        """End the activity and begin another one, if the goal has changed."""
        if goal is self._goal:
            return
        self._activity.end(self._resources.settings.close_seconds)
        self._activity = self._activity_for(goal, session)
        self._goal = goal

    def _activity_for(self, goal: Goal, session: Session) -> Activity:
        match goal:
            case Goal.IDLE:
                return Idle(self._context)
            case Goal.PAIR:
                return Pairing(self._context)
            case Goal.ONLINE:
                return Online(self._context, session)
            case Goal.UNLINK:
                return Unlinking(self._context)

    def _leave(self) -> None:
        timeout = None if self._abandoned.is_set() else self._end_timeout
        try:
            if timeout is None:
                self._activity.abandon()
                self._receiver.abandon()
                self._importer.abandon()
            else:
                self._end(timeout)
        except Exception:
            log.exception("a session did not end in good order")
        finally:
            self._on_end(self)

    def _let_go(self) -> None:
        """Let another owner begin, now that the socket is closed. The end of the term does so, too."""
        while self._is_foreign:
            try:
                return self._owned_session.let_go()
            except LeaseLost:
                return
            except psycopg.OperationalError as error:
                log.warning("a session cannot be let go", extra={"error": type(error).__name__})
                self._abandoned.wait(self._backoff.next())

    def _end(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        self._activity.end(timeout)
        self._importer.stop(max(deadline - time.monotonic(), self._resources.settings.idle_seconds))
        if not self._receiver.stop(max(deadline - time.monotonic(), self._resources.settings.idle_seconds)):
            log.info("received events are left to the next owner")
