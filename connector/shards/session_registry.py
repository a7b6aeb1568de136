"""The sessions that this worker runs, by shard; a session has a reconciler only while it needs one."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from connector.sessions.reconciler import Reconciler
from connector.sessions.resources import Resources
from connector.term import Term
from gateway.domain.sessions import SessionState
from gateway.store import commands, leases
from gateway.store.leases import Lease
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

_IDLE_STATES = (SessionState.DISCONNECTED, SessionState.LOGGED_OUT)


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

    def open(self, term: Term) -> None:
        """Begin with a shard that was just acquired; a wake_due() is to follow."""
        with self._lock:
            self._shards[term.shard] = _Shard(term)

    def wake(self, shard: int, session_id: UUID) -> None:
        """Let a session read its rows; nothing happens where the shard is not ours."""
        with self._lock:
            if (held := self._shards.get(shard)) is not None:
                self._reconciler_of(held, session_id).wake()

    def process_received(self, session_ids: set[UUID]) -> None:
        """Let sessions look at their inboxes; those that are not ours any more are left to their owners."""
        with self._lock:
            running = [held.reconcilers.get(id) for held in self._shards.values() for id in session_ids]
        for reconciler in running:
            if reconciler is not None:
                reconciler.process_received()

    def wake_due(self) -> None:
        """Wake every session of ours whose rows ask for something."""
        with self._lock:
            terms = [held.term for held in self._shards.values()]
        try:
            due = self._find_due(terms)
        except psycopg.Error as error:
            log.warning("sessions cannot be read", extra={"error": type(error).__name__})
            return
        for shard, session_id in due:
            self.wake(shard, session_id)

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

    def _find_due(self, terms: list[Term]) -> set[tuple[int, UUID]]:
        due: set[tuple[int, UUID]] = set()
        with self._resources.database.transaction() as connection:
            for term in terms:
                lease = Lease(term.shard, term.epoch)
                found = leases.sessions_of(connection, self._resources.worker_id, lease)
                due |= {(term.shard, session.id) for session in found if _needs_owner(session)}
                due |= {(term.shard, busy) for busy in commands.sessions_with_work(connection, [term.shard])}
        return due

    def _reconciler_of(self, held: _Shard, session_id: UUID) -> Reconciler:
        reconciler = held.reconcilers.get(session_id)
        if reconciler is None:
            reconciler = Reconciler(self._resources, held.term, session_id, self._retire, self._forget)
            held.reconcilers[session_id] = reconciler
            reconciler.start()
        return reconciler

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


def _needs_owner(session: Session) -> bool:
    return session.wanted or session.state not in _IDLE_STATES or not session.is_active
