"""The sessions that this worker runs, by shard; a session has a reconciler only while it needs one."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg

from connector.sessions.outage import BEGIN_SECONDS
from connector.sessions.reconciler import Reconciler
from connector.sessions.resources import Resources
from connector.term import Term
from gateway.store import due
from gateway.store.due import DueSession
from gateway.store.leases import Lease

log = logging.getLogger(__name__)

# After how many looks to make sure that every session which is to be connected is run; changes are found at once.
LOOKS_UNTIL_ALL = 12


@dataclass(slots=True)
class _Shard:
    term: Term
    reconcilers: dict[UUID, Reconciler] = field(default_factory=dict)


class SessionRegistry:
    """Starts the reconcilers of the shards that are open, and ends them with their shard."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._lock = threading.RLock()
        self._shards: dict[int, _Shard] = {}
        self._opened: list[Term] = []
        self._look_at_all = 0.0

    def open(self, term: Term) -> None:
        """Begin with a shard that was just acquired; a wake_opened() is to follow."""
        with self._lock:
            self._shards[term.shard] = _Shard(term)
            self._opened.append(term)

    def wake(self, shard: int, session_id: UUID) -> None:
        """Let a session read its rows; nothing happens where the shard is not ours."""
        with self._lock:
            if (held := self._shards.get(shard)) is not None:
                self._reconciler_of(held, session_id).wake()

    def wake_for_events(self, session_ids: set[UUID]) -> None:
        """Let sessions look at what came; those that are not ours any more are left to their owners."""
        for reconciler in self._running(session_ids):
            reconciler.wake_for_events()

    def wake_for_history(self, session_ids: set[UUID]) -> None:
        """Let sessions import the history that came."""
        for reconciler in self._running(session_ids):
            reconciler.wake_for_history()

    def _running(self, session_ids: set[UUID]) -> list[Reconciler]:
        with self._lock:
            found = [held.reconcilers.get(id) for held in self._shards.values() for id in session_ids]
        return [reconciler for reconciler in found if reconciler is not None]

    def wake_for_commands(self, shard: int, session_id: UUID) -> None:
        """Let a session look for commands; one that does not run yet reads its rows."""
        with self._lock:
            reconciler = held.reconcilers.get(session_id) if (held := self._shards.get(shard)) else None
        if reconciler is not None and reconciler.takes_commands:
            reconciler.wake_for_commands()
        else:
            self.wake(shard, session_id)

    def look_at(self, shard: int, session_id: UUID) -> None:
        """Wake a session for what it has to do, if there is anything: most doorbells ring for what is done already."""
        with self._lock:
            terms = [held.term] if (held := self._shards.get(shard)) else []
        if terms:
            self._find(terms, only=session_id)

    def wake_opened(self) -> None:
        """Begin with the sessions of the shards that were opened since; those of the others have begun."""
        with self._lock:
            terms, self._opened = self._opened, []
        if self._find(terms, with_connected=True) is None:
            self._look_at_all = 0.0

    def wake_due(self) -> None:
        """Wake every session of ours that has something to do, by its rows or by itself."""
        with self._lock:
            terms = [held.term for held in self._shards.values()]
            overdue = [each for held in self._shards.values() for each in held.reconcilers.values() if each.is_overdue]
            with_connected = time.monotonic() >= self._look_at_all
            if with_connected:
                # Before the look: who wants another one meanwhile is to have it.
                self._look_at_all = time.monotonic() + LOOKS_UNTIL_ALL * self._resources.settings.look_interval_seconds
        for reconciler in overdue:
            reconciler.wake()
        found = self._find(terms, with_connected=with_connected)
        if found is None:
            self._look_at_all = 0.0
        elif with_connected:
            self._wake_others({session.id for session in found})

    def suspend(self) -> None:
        """Close all sockets: the database is away, and nothing may be received until it is back."""
        with self._lock:
            reconcilers = [reconciler for held in self._shards.values() for reconciler in held.reconcilers.values()]
        for reconciler in reconcilers:
            reconciler.suspend()

    def drop(self, term: Term) -> None:
        """Abandon a shard whose lease is lost: every socket of it is closed when this returns.

        All at once: a client that dials a server that stays silent is waited for, and must not hold up the others.
        """
        abandoning = [threading.Thread(target=reconciler.abandon) for reconciler in self._remove(term)]
        for thread in abandoning:
            thread.start()
        for thread in abandoning:
            thread.join()

    def close(self, term: Term, timeout: float) -> None:
        """End the sessions of a shard in good order; what is not done after `timeout` seconds is abandoned."""
        deadline = time.monotonic() + timeout
        reconcilers = self._remove(term)
        for reconciler in reconcilers:
            reconciler.end(timeout)
        for reconciler in reconcilers:
            if not reconciler.join(max(deadline - time.monotonic(), 0.0) + self._resources.settings.close_seconds):
                reconciler.abandon()

    @property
    def size(self) -> int:
        """How many sessions have a reconciler now."""
        with self._lock:
            return sum(len(held.reconcilers) for held in self._shards.values())

    def _find(
        self, terms: list[Term], *, only: UUID | None = None, with_connected: bool = False
    ) -> list[DueSession] | None:
        """Wake the sessions that have work by their rows, and return them; None where those cannot be read."""
        leases = [Lease(term.shard, term.epoch) for term in terms]
        find = partial(due.find, leases=leases, only=only, with_connected=with_connected)
        try:
            found = self._resources.database.ask(find) if leases else []
        except psycopg.Error as error:
            log.warning("sessions cannot be read", extra={"error": type(error).__name__})
            return None
        is_sure = with_connected or only is not None
        for session in found:
            if self._wake_for(session, is_sure=is_sure) and len(found) > 1:
                time.sleep(BEGIN_SECONDS)
        return found

    def _wake_others(self, found: set[UUID]) -> None:
        """Let those read their rows that run and are none of all: they may have moved to another shard."""
        with self._lock:
            running = [each for held in self._shards.values() for each in held.reconcilers.values()]
        for reconciler in running:
            if reconciler.session_id not in found:
                reconciler.wake()

    def _wake_for(self, session: DueSession, *, is_sure: bool) -> bool:
        """Return whether it reads its row now.

        One that runs goes on by itself until its row changes: hundreds that cannot connect would otherwise read their
        rows at every look, and leave no time to connect. To be sure they are woken nevertheless.
        """
        with self._lock:
            held = self._shards.get(session.shard)
            reconciler = held.reconcilers.get(session.id) if held else None
        if reconciler is None or session.is_to_be_read:
            self.wake(session.shard, session.id)
            return True
        is_to_read = session.is_unsettled and (is_sure or not reconciler.has_acted_on(session.updated_at))
        if is_to_read:
            reconciler.wake_to_read()
        if session.has_commands:
            self.wake_for_commands(session.shard, session.id)
        if session.has_events:
            reconciler.wake_for_events()
        return is_to_read

    def _reconciler_of(self, held: _Shard, session_id: UUID) -> Reconciler:
        reconciler = held.reconcilers.get(session_id) or self._moving(session_id)
        if reconciler is None:
            reconciler = Reconciler(self._resources, held.term, session_id, self._retire, self._forget)
            held.reconcilers[session_id] = reconciler
            reconciler.start()
        return reconciler

    def _moving(self, session_id: UUID) -> Reconciler | None:
        """Return what still runs a session that has moved from one of our shards to another; it ends when it is woken.

        Until then no second socket is opened; the next look at all finds the session again.
        """
        found = next(
            (each.reconcilers[session_id] for each in self._shards.values() if session_id in each.reconcilers), None
        )
        if found is not None:
            self._look_at_all = 0.0
        return found

    def _remove(self, term: Term) -> list[Reconciler]:
        with self._lock:
            held = self._shards.get(term.shard)
            if held is None or held.term is not term:
                return []
            del self._shards[term.shard]
            return list(held.reconcilers.values())

    def _retire(self, reconciler: Reconciler) -> bool:
        """Return whether it may end; under the lock, so that no wake() comes between the question and the end."""
        with self._lock:
            if reconciler.has_events:
                return False
            self._forget(reconciler)
            return True

    def _forget(self, reconciler: Reconciler) -> None:
        with self._lock:
            for held in self._shards.values():
                if held.reconcilers.get(reconciler.session_id) is reconciler:
                    del held.reconcilers[reconciler.session_id]
