"""Holds this worker's even share of the shards: acquires free ones, renews, requests what others have too many of.

A shard is never stolen. A worker that cannot renew stops trusting its terms before they expire, and one that cannot
reach the connection of its locks (connector.shards.locks) before others may take what was locked; one that was stopped
(SIGSTOP, a frozen machine) past that moment ends at once, because its threads would otherwise act on what they
believed before. Without that connection it acquires nothing.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress

import psycopg

from connector.database_health import DatabaseHealth
from connector.shards.lease_callbacks import LeaseCallbacks
from connector.shards.locks import ShardLocks
from connector.shards.terms import Terms
from connector.term import Hold, Term
from gateway.metrics import Metric, measure
from gateway.settings import ConnectorSettings
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.leases import Lease

log = logging.getLogger(__name__)

EXIT_STALLED = 75
# A scheduler may be this late on a busy machine without anything having been stopped.
MIN_STALL_SECONDS = 0.5
# Before it looks again at a shard that it is to have and that another worker is about to leave.
PENDING_SECONDS = 0.25


class Leaseholder:
    """Two threads: one renews and balances, the other ends terms. Without a `lock_dsn` leases alone decide."""

    def __init__(
        self,
        database: Database,
        worker_id: str,
        settings: ConnectorSettings,
        callbacks: LeaseCallbacks,
        health: DatabaseHealth,
        lock_dsn: str | None = None,
    ) -> None:
        grace, ttl = settings.takeover_seconds, settings.lease_ttl_seconds
        self._locks = ShardLocks(lock_dsn, grace, ttl, self.wake) if lock_dsn else None
        self._database = database
        self._worker_id = worker_id
        self._settings = settings
        self._callbacks = callbacks
        self._health = health
        self._terms = Terms()
        self._requested: dict[int, str] = {}
        self._blocked: set[int] = set()
        self._is_waiting = False
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._draining = threading.Event()
        self._prepared = False
        self._renew_at = 0.0
        self._renewed_at = time.monotonic()

    def start(self) -> None:
        if self._locks is not None:
            self._locks.start()
        for name, loop in (("leases", self._renew_and_balance), ("lease-expiry", self._expire)):
            threading.Thread(target=loop, name=name, daemon=True).start()

    def drain(self) -> list[Term]:
        """Acquire nothing more, and let the others share the shards without us.

        Return the terms that are now to be released; those that are being handed over already are not among them.
        """
        self._draining.set()
        self._renew_at = 0.0
        self._wake.set()
        return self._terms.begin_release_of_all()

    def stop(self) -> None:
        self._stop.set()
        self.wake()
        if self._locks is not None:
            self._locks.stop()

    def wake(self) -> None:
        """Look at the terms and at the shards now: something has changed."""
        self._changed.set()
        self._wake.set()

    @property
    def terms(self) -> list[Term]:
        return self._terms.held

    @property
    def renewal_age(self) -> float:
        """Seconds since the last renewal."""
        return time.monotonic() - self._renewed_at

    def release(self, term: Term) -> None:
        """Release a shard whose sessions have stopped; while the database is away it expires instead."""
        self._terms.leave(term)
        self._unlock(term)
        try:
            with self._database.transaction() as connection:
                leases.release(connection, self._worker_id, Lease(term.shard, term.epoch))
        except psycopg.Error as error:
            log.warning("a shard could not be released", extra={"shard": term.shard, "error": type(error).__name__})
        self._terms.has_left(term)

    # renewing and balancing

    def _renew_and_balance(self) -> None:
        while not self._stop.is_set():
            try:
                self._tick()
            except psycopg.Error as error:
                log.warning("leases cannot be renewed", extra={"error": type(error).__name__})
            except Exception:
                log.exception("renewing leases failed")
            self._wake.wait(self._pause())
            self._wake.clear()
        self._forget()

    def _forget(self) -> None:
        """Be heard of no more: whoever counts workers would count us for a while."""
        with suppress(psycopg.Error), self._database.transaction() as connection:
            leases.forget(connection, self._worker_id)

    def _pause(self) -> float:
        """Return how long to wait for a change: until leases are to be renewed where the locks tell of any."""
        if self._requested or self._is_waiting:
            return PENDING_SECONDS
        look, is_told = self._settings.lease_ttl_seconds / 10, self._locks is not None and self._locks.sees_all_owned
        return max(self._renew_at - time.monotonic(), look) if is_told else look

    def _tick(self) -> None:
        if not self._prepared:
            with self._database.transaction() as connection:
                leases.prepare(connection, self._settings.shards)
            self._prepared = True
        if time.monotonic() >= self._renew_at:
            self._renew()
        if not self._draining.is_set():
            self._balance()

    def _renew(self) -> None:
        attempt = time.monotonic()
        ttl = self._settings.lease_ttl_seconds
        held = self.terms
        locked = [term.shard for term in held if self._lock_late(term)]
        with self._health.asking(), self._database.transaction() as connection:
            leases.heartbeat(connection, self._worker_id, draining=self._draining.is_set())
            terms = [Lease(term.shard, term.epoch) for term in held]
            kept = leases.renew(connection, self._worker_id, terms, ttl, locked)
        self._renewed_at = time.monotonic()
        self._renew_at = attempt + ttl / 3
        wanted = {(lease.shard, lease.epoch): lease.handoff_to for lease in kept}
        for term in held:
            if (term.shard, term.epoch) in wanted:
                term.prolong(attempt + ttl - self._settings.lease_margin_seconds)
                self._hand_off(term, wanted[term.shard, term.epoch])
            else:
                self._lose(term, "the database has given it to another worker")

    def _hand_off(self, term: Term, to: str | None) -> None:
        if to is None or to == self._worker_id or not self._terms.begin_release(term):
            return
        log.info("handing a shard over", extra={"shard": term.shard, "epoch": term.epoch})
        self._callbacks.on_handoff(term)

    def _lock_late(self, term: Term) -> bool:
        """Return whether the shard of a term is locked; where another had the lock when it began, try again."""
        if term.hold is None and self._locks is not None:
            term.hold = self._locks.try_lock(term.shard)
        return term.hold is not None

    def _unlock(self, term: Term) -> None:
        if self._locks is not None and term.hold is not None:
            self._locks.unlock(term.shard, term.hold)

    def _balance(self) -> None:
        lost = self._locks.lost if self._locks is not None else []
        terms = [*self._terms.lost, *(term for _, term in lost)]
        shards, ttl = self._settings.shards, self._settings.lease_ttl_seconds
        with self._health.asking():
            found = self._database.ask(lambda each: leases.survey(each, self._worker_id, shards, ttl, terms))
        # Whoever lost what it held has no share, however lately it was heard of.
        count = len(set(found.live) - {owner for owner, _ in lost} | {self._worker_id})
        share = -(-shards // count)
        # Of a blocked shard somebody locks a session: it comes last, so that it holds no other one up.
        free = sorted(self._terms.others(found.free), key=lambda shard: shard in self._blocked)
        self._is_waiting = not self._callbacks.may_acquire()
        if not self._is_waiting:
            self._acquire(free[: max(share - len(self.terms), 0)], terms)
        others = found.others
        self._requested = {shard: owner for shard, owner in self._requested.items() if shard in others.get(owner, ())}
        missing = shards // count - len(self.terms) - len(self._requested)
        if missing > 0:
            self._request_handoffs(others, missing, shards // count)

    def _acquire(self, shards: list[int], lost: list[Lease]) -> None:
        """Acquire them one by one, up to the first that is blocked: terms that we hold are to be renewed in time."""
        for shard in shards:
            try:
                term = self._acquire_one(shard, lost)
            except psycopg.errors.LockNotAvailable:
                log.warning("a shard is blocked", extra={"shard": shard})
                self._blocked.add(shard)
                return
            self._blocked.discard(shard)
            if term is not None:
                self._begin(term)

    def _acquire_one(self, shard: int, lost: list[Lease]) -> Term | None:
        hold: Hold | None = None
        if self._locks is not None:
            hold = self._locks.try_lock(shard)
            if hold is None and not self._locks.is_stuck(shard):
                self._is_waiting = True
                return None
        attempt = time.monotonic()
        ttl = self._settings.lease_ttl_seconds
        term = Term(shard, 0, attempt + ttl - self._settings.lease_margin_seconds, hold)
        lease = None
        try:
            with self._database.transaction() as connection:
                lease = leases.acquire(connection, shard, self._worker_id, ttl, is_locked=hold is not None, lost=lost)
        finally:
            if lease is None:
                self._unlock(term)
        if lease is None:
            return None
        term.epoch = lease.epoch
        return term

    def _begin(self, term: Term) -> None:
        self._terms.add(term)
        self._changed.set()
        log.info("acquired a shard", extra={"shard": term.shard, "epoch": term.epoch})
        self._callbacks.on_acquired(term)

    def _request_handoffs(self, others: dict[str, list[int]], missing: int, share: int) -> None:
        """Request from those who have most, never so much that they would have to request some back."""
        for _ in range(missing):
            spare = {name: [shard for shard in held if shard not in self._requested] for name, held in others.items()}
            owner = max(spare, key=lambda name: len(spare[name]), default=None)
            if owner is None or len(spare[owner]) <= share:
                return
            shard = spare[owner][-1]
            with self._database.transaction() as connection:
                leases.request_handoff(connection, shard, owner, self._worker_id)
            self._requested[shard] = owner

    # expiring

    def _expire(self) -> None:
        """End each term when its time is over, unless it is renewed before."""
        while not self._stop.is_set():
            deadline = min((term.trusted_until for term in self.terms), default=time.monotonic() + 1.0)
            self._changed.clear()
            self._changed.wait(max(deadline - time.monotonic(), 0.0))
            self._exit_if_stalled()
            for term in self.terms:
                if not term.trusted:
                    self._lose(term, "it is not trusted any more")

    def _exit_if_stalled(self) -> None:
        """End the process if it was stopped while a term ended: others may own the shard now.

        Only then is this thread late for the end of a term.
        """
        margins = self._settings.lease_margin_seconds, self._settings.takeover_seconds / 2
        tolerance = max(min(margins), MIN_STALL_SECONDS)
        overdue = time.monotonic() - min((term.trusted_until for term in self.terms), default=time.monotonic())
        if overdue > tolerance:
            os._exit(EXIT_STALLED)

    def _lose(self, term: Term, why: str) -> None:
        if self._terms.leave(term):
            log.warning("lost a shard: %s", why, extra={"shard": term.shard, "epoch": term.epoch})
            measure(Metric.LEASES_LOST)
            # At once: others may take it soon, and another shard's client that is slow to close must not hold it up.
            threading.Thread(target=self._close, args=(term,), name=f"lost-{term.shard}", daemon=True).start()

    def _close(self, term: Term) -> None:
        self._callbacks.on_lost(term)
        self._unlock(term)
        self._terms.has_left(term)
        self.wake()
