"""Holds this worker's even share of the shards: acquires free ones, renews, requests what others have too many of.

A shard is never stolen. A worker that cannot renew stops trusting its terms before they expire; one that was stopped
(SIGSTOP, a frozen machine) past that moment ends at once, because its threads would otherwise act on what they
believed before.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from connector.term import Term
from gateway.metrics import Metric, measure
from gateway.settings import ConnectorSettings
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.leases import Lease

log = logging.getLogger(__name__)

EXIT_STALLED = 75
# A scheduler may be this late on a busy machine without anything having been stopped.
MIN_STALL_SECONDS = 0.5
PENDING_HANDOFF_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class LeaseCallbacks:
    """Called at each change; `on_lost` must close sockets before it returns, the others must not block.

    `on_handoff` means that another worker requested the shard.
    """

    on_acquired: Callable[[Term], None]
    on_lost: Callable[[Term], None]
    on_handoff: Callable[[Term], None]


class Leaseholder:
    """Two threads: one renews and balances, the other ends terms that are not trusted any more."""

    def __init__(
        self, database: Database, worker_id: str, settings: ConnectorSettings, callbacks: LeaseCallbacks
    ) -> None:
        self._database = database
        self._worker_id = worker_id
        self._settings = settings
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._terms: dict[int, Term] = {}
        self._releasing: set[int] = set()
        self._requested: dict[int, str] = {}
        self._blocked: set[int] = set()
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._draining = threading.Event()
        self._prepared = False
        self._renew_at = 0.0
        self._renewed_at = time.monotonic()

    def start(self) -> None:
        for name, loop in (("leases", self._renew_and_balance), ("lease-expiry", self._expire)):
            threading.Thread(target=loop, name=name, daemon=True).start()

    def drain(self) -> list[Term]:
        """Acquire nothing more, and let the others share the shards without us.

        Return the terms that are now to be released; those that are being handed over already are not among them.
        """
        self._draining.set()
        self._renew_at = 0.0
        self._wake.set()
        with self._lock:
            remaining = [term for shard, term in self._terms.items() if shard not in self._releasing]
            self._releasing.update(term.shard for term in remaining)
        return remaining

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        self._changed.set()

    @property
    def terms(self) -> list[Term]:
        with self._lock:
            return list(self._terms.values())

    @property
    def renewal_age(self) -> float:
        """Seconds since the last renewal."""
        return time.monotonic() - self._renewed_at

    def release(self, term: Term) -> None:
        """Release a shard whose sessions have stopped; while the database is away it expires instead."""
        with self._lock:
            if self._terms.get(term.shard) is term:
                del self._terms[term.shard]
            self._releasing.discard(term.shard)
        term.end()
        try:
            with self._database.transaction() as connection:
                leases.release(connection, self._worker_id, Lease(term.shard, term.epoch))
        except psycopg.Error as error:
            log.warning("a shard could not be released", extra={"shard": term.shard, "error": type(error).__name__})

    # renewing and balancing

    def _renew_and_balance(self) -> None:
        while not self._stop.is_set():
            try:
                self._tick()
            except psycopg.Error as error:
                log.warning("leases cannot be renewed", extra={"error": type(error).__name__})
            except Exception:
                log.exception("renewing leases failed")
            self._wake.wait(PENDING_HANDOFF_SECONDS if self._requested else self._settings.lease_ttl_seconds / 10)
            self._wake.clear()

    def _tick(self) -> None:
        if not self._prepared:
            self._prepare()
        if time.monotonic() >= self._renew_at:
            self._renew()
        if not self._draining.is_set():
            self._balance()

    def _prepare(self) -> None:
        with self._database.transaction() as connection:
            leases.prepare(connection, self._settings.shards)
        self._prepared = True

    def _renew(self) -> None:
        attempt = time.monotonic()
        ttl = self._settings.lease_ttl_seconds
        held = self.terms
        with self._database.transaction() as connection:
            leases.heartbeat(connection, self._worker_id, draining=self._draining.is_set())
            kept = leases.renew(connection, self._worker_id, [Lease(term.shard, term.epoch) for term in held], ttl)
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
        if to is None or to == self._worker_id:
            return
        with self._lock:
            if term.shard in self._releasing:
                return
            self._releasing.add(term.shard)
        log.info("handing a shard over", extra={"shard": term.shard, "epoch": term.epoch})
        self._callbacks.on_handoff(term)

    def _balance(self) -> None:
        with self._database.transaction() as connection:
            live = leases.live_workers(connection, self._settings.lease_ttl_seconds)
            free = leases.free_shards(connection, self._worker_id)
            others = leases.owned_by_others(connection, self._worker_id)
        count = max(len(live), 1)
        share = -(-self._settings.shards // count)
        # Of a blocked shard somebody locks a session: it comes last, so that it holds no other one up.
        free.sort(key=lambda shard: shard in self._blocked)
        self._acquire(free[: max(share - len(self.terms), 0)])
        self._requested = {shard: owner for shard, owner in self._requested.items() if shard in others.get(owner, ())}
        missing = self._settings.shards // count - len(self.terms) - len(self._requested)
        if missing > 0:
            self._request_handoffs(others, missing, self._settings.shards // count)

    def _acquire(self, shards: list[int]) -> None:
        """Acquire them one by one, up to the first that is blocked: terms that we hold are to be renewed in time."""
        for shard in shards:
            try:
                term = self._acquire_one(shard)
            except psycopg.errors.LockNotAvailable:
                log.warning("a shard is blocked", extra={"shard": shard})
                self._blocked.add(shard)
                return
            self._blocked.discard(shard)
            if term is not None:
                self._begin(term)

    def _acquire_one(self, shard: int) -> Term | None:
        attempt = time.monotonic()
        ttl = self._settings.lease_ttl_seconds
        with self._database.transaction() as connection:
            lease = leases.acquire(connection, shard, self._worker_id, ttl)
        trusted_until = attempt + ttl - self._settings.lease_margin_seconds
        return Term(lease.shard, lease.epoch, trusted_until) if lease else None

    def _begin(self, term: Term) -> None:
        with self._lock:
            self._terms[term.shard] = term
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
                    self._lose(term, "it could not be renewed in time")

    def _exit_if_stalled(self) -> None:
        """End the process if it was stopped while a term ended: others may own the shard now.

        Only then is this thread late for the end of a term.
        """
        tolerance = max(self._settings.lease_margin_seconds, MIN_STALL_SECONDS)
        overdue = time.monotonic() - min((term.trusted_until for term in self.terms), default=time.monotonic())
        if overdue > tolerance:
            os._exit(EXIT_STALLED)

    def _lose(self, term: Term, why: str) -> None:
        with self._lock:
            if self._terms.get(term.shard) is not term:
                return
            del self._terms[term.shard]
            self._releasing.discard(term.shard)
        term.end()
        measure(Metric.LEASES_LOST)
        log.warning("lost a shard: %s", why, extra={"shard": term.shard, "epoch": term.epoch})
        self._callbacks.on_lost(term)
