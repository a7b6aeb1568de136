"""The sessions that this worker runs, by shard; a session has a runner only while it needs one."""

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

_AT_REST = (SessionState.DISCONNECTED, SessionState.LOGGED_OUT)


@dataclass(slots=True)
class _Shard:
    term: Term
    runners: dict[UUID, Reconciler] = field(default_factory=dict)


class SessionRegistry:
    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._lock = threading.RLock()
        self._shards: dict[int, _Shard] = {}

    def open(self, term: Term) -> None:
        """Begin with a shard that was just taken; a look() is due."""
        with self._lock:
            self._shards[term.shard] = _Shard(term)

    def ring(self, shard: int, session_id: UUID) -> None:
        """Somebody says that a session has something to do; of a shard that is not ours nothing follows."""
        with self._lock:
            if (held := self._shards.get(shard)) is not None:
                self._runner(held, session_id).wake()

    def look(self) -> None:
        """See in the rows who has something to do."""
        with self._lock:
            terms = [held.term for held in self._shards.values()]
        try:
            needy = self._needy(terms)
        except psycopg.OperationalError as error:
            log.warning("sessions cannot be looked at", extra={"error": type(error).__name__})
            return
        for shard, session_id in needy:
            self.ring(shard, session_id)

    def suspend(self) -> None:
        """The database is away: nothing may be received until it is back."""
        with self._lock:
            runners = [runner for held in self._shards.values() for runner in held.runners.values()]
        for runner in runners:
            runner.suspend()

    def drop(self, term: Term) -> None:
        """The lease is lost: every socket of the shard is closed when this returns."""
        for runner in self._remove(term):
            runner.abandon()

    def close(self, term: Term, patience: float) -> None:
        """End the sessions of a shard in good order; what is not done after `patience` seconds is abandoned."""
        deadline = time.monotonic() + patience
        runners = self._remove(term)
        for runner in runners:
            runner.finish(patience)
        for runner in runners:
            if not runner.join(max(deadline - time.monotonic(), 0.0) + self._resources.settings.close_seconds):
                runner.abandon()

    @property
    def size(self) -> int:
        """Sessions that have a runner now."""
        with self._lock:
            return sum(len(held.runners) for held in self._shards.values())

    def _needy(self, terms: list[Term]) -> set[tuple[int, UUID]]:
        needy: set[tuple[int, UUID]] = set()
        with self._resources.database.transaction() as connection:
            for term in terms:
                found = leases.sessions_of(connection, self._resources.worker, Lease(term.shard, term.epoch))
                needy |= {(term.shard, session.id) for session in found if _needs_runner(session)}
                needy |= {(term.shard, busy) for busy in commands.sessions_with_work(connection, [term.shard])}
        return needy

    def _runner(self, held: _Shard, session_id: UUID) -> Reconciler:
        runner = held.runners.get(session_id)
        if runner is None:
            runner = Reconciler(self._resources, held.term, session_id, self._retire, self._forget)
            held.runners[session_id] = runner
            runner.start()
        return runner

    def _remove(self, term: Term) -> list[Reconciler]:
        with self._lock:
            held = self._shards.get(term.shard)
            if held is None or held.term is not term:
                return []
            del self._shards[term.shard]
            return list(held.runners.values())

    def _retire(self, runner: Reconciler) -> bool:
        """Under the lock, so that no ring falls between the question and the end."""
        with self._lock:
            if runner.has_mail:
                return False
            self._forget(runner)
            return True

    def _forget(self, runner: Reconciler) -> None:
        with self._lock:
            for held in self._shards.values():
                if held.runners.get(runner.session_id) is runner:
                    del held.runners[runner.session_id]


def _needs_runner(session: Session) -> bool:
    return session.wanted or session.state not in _AT_REST or not session.is_active
