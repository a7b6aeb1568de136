"""Holds this worker's even share of the shards: takes free ones, renews, asks for what others have too much of.

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

EXIT_OVERSLEPT = 75
# A scheduler may be this late on a busy machine without anything having been stopped.
MIN_OVERSLEPT_SECONDS = 0.5
PENDING_HANDOFF_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Changes:
    """What the holder of a shard is told; `lost` must stop sockets before it returns, the others must not block."""

    taken: Callable[[Term], None]
    lost: Callable[[Term], None]
    asked_for: Callable[[Term], None]


class Leaseholder:
    def __init__(self, database: Database, worker: str, settings: ConnectorSettings, changes: Changes) -> None:
        self._database = database
        self._worker = worker
        self._settings = settings
        self._changes = changes
        self._lock = threading.Lock()
        self._terms: dict[int, Term] = {}
        self._leaving: set[int] = set()
        self._asked: dict[int, str] = {}
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._nudge = threading.Event()
        self._draining = threading.Event()
        self._prepared = False
        self._renew_at = 0.0
        self._renewed_at = time.monotonic()

    def start(self) -> None:
        for name, loop in (("leases", self._hold), ("lease-trust", self._distrust)):
            threading.Thread(target=loop, name=name, daemon=True).start()

    def drain(self) -> list[Term]:
        """Take nothing more, and let the others count without us.

        Answers the terms that are now to be released; those that are being handed over already are not among them.
        """
        self._draining.set()
        self._renew_at = 0.0
        self._nudge.set()
        with self._lock:
            staying = [term for shard, term in self._terms.items() if shard not in self._leaving]
            self._leaving.update(term.shard for term in staying)
        return staying

    def stop(self) -> None:
        self._stop.set()
        self._nudge.set()
        self._changed.set()

    @property
    def terms(self) -> list[Term]:
        with self._lock:
            return list(self._terms.values())

    @property
    def renewal_age(self) -> float:
        """Seconds since the database last heard of us."""
        return time.monotonic() - self._renewed_at

    def release(self, term: Term) -> None:
        """Give a shard up, after its sessions have stopped; a database that is away lets it expire."""
        with self._lock:
            if self._terms.get(term.shard) is term:
                del self._terms[term.shard]
            self._leaving.discard(term.shard)
        term.end()
        try:
            with self._database.transaction() as connection:
                leases.release(connection, self._worker, Lease(term.shard, term.epoch))
        except psycopg.Error as error:
            log.warning("a shard could not be released", extra={"shard": term.shard, "error": type(error).__name__})

    # holding

    def _hold(self) -> None:
        while not self._stop.is_set():
            try:
                self._tick()
            except psycopg.Error as error:
                log.warning("leases cannot be renewed", extra={"error": type(error).__name__})
            except Exception:
                log.exception("holding leases failed")
            self._nudge.wait(PENDING_HANDOFF_SECONDS if self._asked else self._settings.lease_ttl_seconds / 10)
            self._nudge.clear()

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
            leases.heartbeat(connection, self._worker, draining=self._draining.is_set())
            kept = leases.renew(connection, self._worker, [Lease(term.shard, term.epoch) for term in held], ttl)
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
        if to is None or to == self._worker:
            return
        with self._lock:
            if term.shard in self._leaving:
                return
            self._leaving.add(term.shard)
        log.info("handing a shard over", extra={"shard": term.shard, "epoch": term.epoch})
        self._changes.asked_for(term)

    def _balance(self) -> None:
        with self._database.transaction() as connection:
            live = leases.live_workers(connection, self._settings.lease_ttl_seconds)
            free = leases.free_shards(connection, self._worker)
            others = leases.owned_by_others(connection, self._worker)
        count = max(len(live), 1)
        share = -(-self._settings.shards // count)
        self._take(sorted(free[: max(share - len(self.terms), 0)]))
        self._asked = {shard: owner for shard, owner in self._asked.items() if shard in others.get(owner, ())}
        missing = self._settings.shards // count - len(self.terms) - len(self._asked)
        if missing > 0:
            self._ask(others, missing, self._settings.shards // count)

    def _take(self, shards: list[int]) -> None:
        if not shards:
            return
        attempt = time.monotonic()
        ttl = self._settings.lease_ttl_seconds
        with self._database.transaction() as connection:
            taken = [leases.acquire(connection, shard, self._worker, ttl) for shard in shards]
        trusted_until = attempt + ttl - self._settings.lease_margin_seconds
        terms = [Term(lease.shard, lease.epoch, trusted_until) for lease in taken if lease is not None]
        with self._lock:
            self._terms.update({term.shard: term for term in terms})
        self._changed.set()
        for term in terms:
            log.info("took a shard", extra={"shard": term.shard, "epoch": term.epoch})
            self._changes.taken(term)

    def _ask(self, others: dict[str, list[int]], missing: int, share: int) -> None:
        """Ask those who have most, never for so much that they would have to ask back."""
        for _ in range(missing):
            spare = {owner: [shard for shard in shards if shard not in self._asked] for owner, shards in others.items()}
            owner = max(spare, key=lambda name: len(spare[name]), default=None)
            if owner is None or len(spare[owner]) <= share:
                return
            shard = spare[owner][-1]
            with self._database.transaction() as connection:
                leases.request_handoff(connection, shard, owner, self._worker)
            self._asked[shard] = owner

    # distrusting

    def _distrust(self) -> None:
        while not self._stop.is_set():
            deadline = min((term.trusted_until for term in self.terms), default=time.monotonic() + 1.0)
            self._changed.clear()
            self._changed.wait(max(deadline - time.monotonic(), 0.0))
            self._end_if_overslept()
            for term in self.terms:
                if not term.trusted:
                    self._lose(term, "it could not be renewed in time")

    def _end_if_overslept(self) -> None:
        """Awake this thread never lets a term's end pass by: the process was stopped, and others may own the shard."""
        tolerance = max(self._settings.lease_margin_seconds, MIN_OVERSLEPT_SECONDS)
        overdue = time.monotonic() - min((term.trusted_until for term in self.terms), default=time.monotonic())
        if overdue > tolerance:
            os._exit(EXIT_OVERSLEPT)

    def _lose(self, term: Term, why: str) -> None:
        with self._lock:
            if self._terms.get(term.shard) is not term:
                return
            del self._terms[term.shard]
            self._leaving.discard(term.shard)
        term.end()
        measure(Metric.LEASES_LOST)
        log.warning("lost a shard: %s", why, extra={"shard": term.shard, "epoch": term.epoch})
        self._changes.lost(term)
