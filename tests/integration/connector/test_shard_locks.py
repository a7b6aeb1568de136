"""The end of an owner is noticed by its locks, and whatever happens to networks and databases, a shard never has two.

Leaseholders of this process stand for workers: a shard is open from `on_acquired` until `on_lost`, where sockets close.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.rows import dict_row

from connector.database_health import DatabaseHealth
from connector.shards.lease_callbacks import LeaseCallbacks
from connector.shards.leaseholder import Leaseholder
from connector.term import Term
from gateway.settings import ConnectorSettings
from gateway.store import leases
from gateway.store.database import Database
from infra.local.database import DatabaseUrls
from tests.integration.connector.cut import Network
from tests.integration.connector.user import wait_for
from tests.stack import Stack

SHARDS = 4
TTL_SECONDS = 20.0
GRACE_SECONDS = 5.0


@dataclass
class Ledger:
    """Which worker has which shard open; `doubled` are the shards that two had at once."""

    open: dict[int, set[str]] = field(default_factory=lambda: {shard: set() for shard in range(SHARDS)})
    doubled: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, worker: str, shard: int) -> None:
        with self._lock:
            self.open[shard].add(worker)
            if len(self.open[shard]) > 1:
                self.doubled.append(shard)

    def end(self, worker: str, shard: int) -> None:
        with self._lock:
            self.open[shard].discard(worker)

    def of(self, worker: str) -> list[int]:
        with self._lock:
            return [shard for shard, workers in self.open.items() if worker in workers]


class Worker:
    """A leaseholder that opens and closes nothing but lines in the ledger."""

    def __init__(self, name: str, url: str, ledger: Ledger, *, with_locks: bool = True) -> None:
        settings = ConnectorSettings.model_validate(
            {
                "database_url": url,
                "whatsmeow_database_url": url,
                "shards": SHARDS,
                "lease_ttl_seconds": TTL_SECONDS,
                "lease_margin_seconds": 2,
                "takeover_seconds": GRACE_SECONDS,
            }
        )
        self.name = name
        self._ledger = ledger
        self.database = Database(url, pool_size=2, name=name, direct=True, wait_seconds=2, lock_seconds=2)
        self.health = DatabaseHealth()
        callbacks = LeaseCallbacks(self._begin, self._end, self._hand_over)
        lock_dsn = url if with_locks else None
        self.leaseholder = Leaseholder(self.database, name, settings, callbacks, self.health, lock_dsn)

    def start(self, shards: int = SHARDS) -> None:
        self.leaseholder.start()
        wait_for(lambda: self.shards, lambda found: len(found) == shards)

    def stop(self) -> None:
        self.leaseholder.stop()
        self.database.close()

    @property
    def shards(self) -> list[int]:
        return self._ledger.of(self.name)

    def _begin(self, term: Term) -> None:
        self._ledger.begin(self.name, term.shard)

    def _end(self, term: Term) -> None:
        self._ledger.end(self.name, term.shard)

    def _hand_over(self, term: Term) -> None:
        def release() -> None:
            self._ledger.end(self.name, term.shard)
            self.leaseholder.release(term)

        threading.Thread(target=release).start()


MakeWorker = Callable[..., Worker]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    ledger = Ledger()
    yield ledger
    assert ledger.doubled == []


@pytest.fixture
def network(database: DatabaseUrls) -> Iterator[Network]:
    network = Network(database.connector)
    yield network
    network.close()


@pytest.fixture
def make_worker(database: DatabaseUrls, ledger: Ledger) -> Iterator[MakeWorker]:
    workers: list[Worker] = []

    def make(name: str, url: str | None = None, *, with_locks: bool = True) -> Worker:
        workers.append(Worker(name, url or database.connector, ledger, with_locks=with_locks))
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop()


def drop_locks(database: DatabaseUrls, shards: list[int]) -> None:
    """End, on the server, the connections that hold the locks of these shards."""
    with psycopg.connect(database.admin, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND objid::int = ANY(%s) GROUP BY pid",
            [shards],
        )


def epochs(worker: Worker) -> dict[int, int]:
    return {term.shard: term.epoch for term in worker.leaseholder.terms}


def start_two(make_worker: MakeWorker, url: str | None = None, *, with_locks: bool = True) -> tuple[Worker, Worker]:
    """Return two workers that share the shards; the first reaches the database by `url`, perhaps holds no locks."""
    first, second = make_worker("first", url, with_locks=with_locks), make_worker("second")
    for worker in (first, second):
        with worker.database.transaction() as connection:
            leases.heartbeat(connection, worker.name)
    for worker in (first, second):
        worker.start(SHARDS // 2)
    return first, second


def test_the_shards_of_a_worker_that_is_cut_off_are_taken_long_before_its_leases_end(
    database: DatabaseUrls, make_worker: MakeWorker, network: Network
) -> None:
    """The worst case: the server drops its connection at once, and nothing tells it so."""
    cut_off, heir = start_two(make_worker, network.url)
    lost = cut_off.shards
    network.cut()
    drop_locks(database, lost)
    begun = time.monotonic()
    wait_for(lambda: heir.shards, lambda found: len(found) == SHARDS)
    assert time.monotonic() - begun < TTL_SECONDS - 2
    assert cut_off.shards == []
    wait_for(lambda: cut_off.health.latency, lambda latency: latency is None)
    assert heir.health.latency is not None
    network.mend()
    wait_for(lambda: cut_off.shards, lambda found: len(found) == SHARDS // 2)
    assert cut_off.health.latency is not None


def test_a_worker_whose_connection_is_closed_begins_again_under_new_epochs(
    database: DatabaseUrls, make_worker: MakeWorker
) -> None:
    first, second = start_two(make_worker)
    before = epochs(first)
    drop_locks(database, first.shards)
    wait_for(lambda: epochs(first), lambda now: now.keys() == before.keys() and now != before)
    wait_for(lambda: first.shards, lambda found: set(found) == set(before))
    assert all(epoch > before[shard] for shard, epoch in epochs(first).items())
    assert len(second.shards) == SHARDS // 2


@pytest.mark.slow
def test_a_short_silence_ends_no_more_than_the_terms(make_worker: MakeWorker, network: Network) -> None:
    """The network is back before the server or another worker has noticed anything."""
    alone = make_worker("alone", network.url)
    alone.start()
    before = epochs(alone)
    network.cut()
    wait_for(lambda: alone.shards, lambda found: found == [])
    network.mend()
    wait_for(lambda: alone.shards, lambda found: len(found) == SHARDS)
    assert all(epoch > before[shard] for shard, epoch in epochs(alone).items())


@pytest.mark.slow
def test_after_the_database_restarted_each_shard_has_one_owner_again(stack: Stack, make_worker: MakeWorker) -> None:
    first, second = start_two(make_worker)
    before = epochs(first) | epochs(second)
    stack.postgres.restart()
    wait_for(lambda: epochs(first) | epochs(second), lambda now: len(now) == SHARDS and now != before)
    wait_for(lambda: sorted([*first.shards, *second.shards]), lambda found: found == list(range(SHARDS)))


@pytest.mark.slow
def test_a_clock_of_the_database_that_jumps_gives_nothing_away(database: DatabaseUrls, make_worker: MakeWorker) -> None:
    """All leases have run out by its clock; their owners, who know better, still hold the locks."""
    first, second = start_two(make_worker)
    before = epochs(first) | epochs(second)
    with psycopg.connect(database.admin) as connection:
        connection.execute("UPDATE gateway.shard_leases SET expires_at = clock_timestamp() - interval '1 hour'")
    wait_for(
        lambda: epochs(first) | epochs(second),
        lambda now: len(now) == SHARDS and all(epoch > before[shard] for shard, epoch in now.items()),
    )
    wait_for(lambda: sorted([*first.shards, *second.shards]), lambda found: found == list(range(SHARDS)))


def test_an_owner_without_locks_is_left_alone_until_its_leases_end(
    database: DatabaseUrls, make_worker: MakeWorker
) -> None:
    """As behind a pooler, or in the release before: that its locks are free says nothing."""
    start_two(make_worker, with_locks=False)
    with psycopg.connect(database.connector, row_factory=dict_row) as connection:
        assert leases.unowned(connection) == []
