from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from gateway.store import leases, sessions
from gateway.store.leases import Lease
from gateway.store.sessions import Session
from tests.integration.store.conftest import SHARDS, Store


@pytest.fixture(autouse=True)
def shards(store: Store) -> Iterator[None]:
    with store.connector.transaction() as connection:
        leases.prepare(connection, SHARDS)
        leases.prepare(connection, SHARDS)
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL, expires_at = NULL, handoff_to = NULL")
        connection.execute("DELETE FROM gateway.workers")
    yield


def acquire(store: Store, shard: int, worker: str, ttl: float = 60) -> Lease | None:
    with store.connector.transaction() as connection:
        return leases.acquire(connection, shard, worker, ttl)


def expire(store: Store, shard: int) -> None:
    with store.connector.transaction() as connection:
        connection.execute(
            "UPDATE gateway.shard_leases SET expires_at = clock_timestamp() - interval '1 ms' WHERE shard = %s", [shard]
        )


def test_of_eight_racers_exactly_one_wins(store: Store) -> None:
    barrier = Barrier(8)

    def race(worker: int) -> Lease | None:
        barrier.wait(10)
        return acquire(store, 3, f"w{worker}")

    with ThreadPoolExecutor(8) as pool:
        assert len([lease for lease in pool.map(race, range(8)) if lease]) == 1


def test_a_held_shard_is_not_taken_and_an_expired_one_is(store: Store) -> None:
    first = acquire(store, 1, "a")
    assert first
    assert acquire(store, 1, "b") is None
    expire(store, 1)
    second = acquire(store, 1, "b")
    assert second
    assert second.epoch == first.epoch + 1


def test_only_the_exact_term_is_renewed_or_released(store: Store) -> None:
    lost, kept = acquire(store, 1, "a"), acquire(store, 2, "a")
    assert lost
    assert kept
    expire(store, 1)
    acquire(store, 1, "b")
    with store.connector.transaction() as connection:
        assert leases.renew(connection, "a", [lost, kept], 60) == [kept]
        assert not leases.release(connection, "a", lost)
        assert leases.release(connection, "a", kept)


def test_a_term_that_expired_is_not_renewed_even_when_nobody_took_it(store: Store) -> None:
    lease = acquire(store, 1, "a")
    assert lease
    expire(store, 1)
    with store.connector.transaction() as connection:
        assert leases.renew(connection, "a", [lease], 60) == []


def test_a_dead_workers_shards_are_free_at_once(store: Store) -> None:
    for shard in (1, 2):
        acquire(store, shard, "dead")
    acquire(store, 3, "alive")
    with store.connector.transaction() as connection:
        leases.heartbeat(connection, "dead")
        assert leases.release_worker(connection, "dead") == 2
        free = leases.survey(connection, "alive", SHARDS, 20).free
    assert {1, 2} <= set(free)
    assert 3 not in free


def test_a_shard_is_handed_over_and_not_taken_by_a_third(store: Store) -> None:
    lease = acquire(store, 5, "a")
    assert lease
    with store.connector.transaction() as connection:
        leases.heartbeat(connection, "b")
        leases.heartbeat(connection, "c")
        assert leases.request_handoff(connection, 5, "a", "b")
        assert not leases.request_handoff(connection, 5, "a", "c")
        [renewed] = leases.renew(connection, "a", [lease], 60)
        assert renewed.handoff_to == "b"
        leases.release(connection, "a", lease)
        assert 5 not in leases.survey(connection, "c", SHARDS, 20).free
        assert leases.survey(connection, "b", SHARDS, 20).free[0] == 5


def test_a_shard_meant_for_a_worker_that_left_is_free_for_all(store: Store) -> None:
    lease = acquire(store, 5, "a")
    assert lease
    with store.connector.transaction() as connection:
        leases.request_handoff(connection, 5, "a", "gone")
        leases.release(connection, "a", lease)
        assert 5 in leases.survey(connection, "c", SHARDS, 20).free


def test_draining_and_silent_workers_have_no_share(store: Store) -> None:
    with store.connector.transaction() as connection:
        for worker in ("a", "b", "c"):
            leases.heartbeat(connection, worker)
        leases.heartbeat(connection, "b", draining=True)
        connection.execute(
            "UPDATE gateway.workers SET heartbeat_at = clock_timestamp() - interval '1 minute' WHERE id = 'c'"
        )
        assert leases.survey(connection, "d", SHARDS, 20).live == ["a"]


def test_what_others_hold_is_told_by_owner(store: Store) -> None:
    for shard, worker in ((1, "a"), (4, "b"), (2, "a"), (3, "me"), (5, "gone")):
        acquire(store, shard, worker)
    expire(store, 5)
    with store.connector.transaction() as connection:
        assert leases.survey(connection, "me", SHARDS, 20).others == {"a": [1, 2], "b": [4]}
        assert leases.survey(connection, "me", 2, 20).others == {"a": [1]}


def test_workers_of_long_ago_are_forgotten(store: Store) -> None:
    with store.connector.transaction() as connection:
        for worker, age in (("a", "2 hours"), ("b", "1 minute")):
            leases.heartbeat(connection, worker)
            connection.execute(
                "UPDATE gateway.workers SET heartbeat_at = clock_timestamp() - %s::interval WHERE id = %s",
                [age, worker],
            )
        leases.prepare(connection, SHARDS)
        rows = connection.execute("SELECT id FROM gateway.workers").fetchall()
    assert [row["id"] for row in rows] == ["b"]


def test_a_session_made_after_the_lease_gets_its_epoch(store: Store, make_session: Callable[[], Session]) -> None:
    session = make_session()
    with store.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [session.shard])
    lease = acquire(store, session.shard, "a")
    assert lease
    with store.connector.transaction() as connection:
        connection.execute("UPDATE gateway.whatsapp_sessions SET epoch = 0 WHERE id = %s", [session.id])
        found = leases.sessions_of(connection, "a", lease, session.id)
        assert [row.epoch for row in found] == [lease.epoch]
        stale = Lease(session.shard, lease.epoch - 1)
        assert leases.sessions_of(connection, "a", stale, session.id) == []


@pytest.mark.parametrize("is_locked", [True, False])
def test_who_holds_the_lock_of_a_shard_listens(
    store: Store, make_session: Callable[[], Session], *, is_locked: bool
) -> None:
    session = make_session()
    with store.connector.transaction() as connection:
        assert leases.acquire(connection, session.shard, "a", 60, is_locked=is_locked)
    with store.functions.transaction() as connection:
        assert sessions.select(connection, "s.id = %(id)s", {"id": session.id})[0].listens is is_locked
