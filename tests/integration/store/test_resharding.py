"""Sessions distributed again while their owners run."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.access import Reach
from gateway.domain.errors import LeaseLost
from gateway.domain.shards import shard_of
from gateway.store import desired_state, due, leases, sessions, users
from gateway.store.database import Connection, Database
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.leases import Lease
from gateway.store.maintenance.diagnosis import sessions_without_owner
from gateway.store.maintenance.resharding import reshard
from gateway.store.schema import DEFAULT_USER_PROFILES
from gateway.store.sessions import Session
from infra.local.database import DatabaseUrls

BEFORE, AFTER = 2, 64
TTL = 60.0


@pytest.fixture
def connector(database: DatabaseUrls) -> Iterator[Database]:
    connector = Database(database.connector)
    yield connector
    connector.close()


@pytest.fixture
def admin(database: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(database.admin, row_factory=dict_row, autocommit=True) as connection:
        yield connection


def _moving_session(connection: Connection) -> Session:
    """A session whose shard changes; some stay where they are."""
    owner = new_id()
    users.ensure(connection, owner, DEFAULT_USER_PROFILES)
    while True:
        session = sessions.create(connection, owner, "office", BEFORE)
        if shard_of(session.id, AFTER) >= BEFORE:
            desired_state.request_connect(connection, Reach(owner), session.id)
            return session


def _taken(connector: Database, shard: int, worker: str) -> Lease:
    with connector.transaction() as connection:
        lease = leases.acquire(connection, shard, worker, TTL)
    assert lease is not None
    return lease


def _sees(connector: Database, worker: str, lease: Lease, session: Session) -> bool:
    with connector.transaction() as connection:
        return session.id in [found.id for found in leases.sessions_of(connection, worker, lease)]


def test_the_old_owner_ends_what_runs_and_the_new_one_takes_over(connector: Database, admin: Connection) -> None:
    session = _moving_session(admin)
    leases.prepare(admin, AFTER)
    old = _taken(connector, session.shard, "old")
    assert _sees(connector, "old", old, session)
    new = _taken(connector, shard_of(session.id, AFTER), "new")
    assert reshard(admin, AFTER) == 1
    with fenced(connector, session.id, old.epoch) as fence:
        assert fence.session.shard == new.shard, "what was running is recorded"
    assert not _sees(connector, "old", old, session)
    assert not _sees(connector, "new", new, session), "its socket may be open"
    with connector.transaction() as connection:
        leases.let_go(connection, old.epoch, session.id)
    with pytest.raises(LeaseLost), fenced(connector, session.id, old.epoch):
        pass
    assert _sees(connector, "new", new, session)
    with fenced(connector, session.id, new.epoch) as fence:
        assert fence.session.shard == new.shard
    # Nothing of its old shard's can look like the new owner's.
    with pytest.raises(LeaseLost), fenced(connector, session.id, old.epoch):
        pass


def test_whoever_acquires_the_new_shard_waits_too(connector: Database, admin: Connection) -> None:
    session = _moving_session(admin)
    leases.prepare(admin, AFTER)
    old = _taken(connector, session.shard, "old")
    reshard(admin, AFTER)
    new = _taken(connector, shard_of(session.id, AFTER), "new")
    assert not _sees(connector, "new", new, session)
    with connector.transaction() as connection:
        assert [found.id for found in due.find(connection, [new])] == [session.id]
        assert leases.release(connection, "old", old)
    assert _sees(connector, "new", new, session), "the old owner has ended"


def test_a_session_that_moves_twice_waits_for_who_runs_it(connector: Database, admin: Connection) -> None:
    session = _moving_session(admin)
    leases.prepare(admin, AFTER)
    old = _taken(connector, session.shard, "old")
    reshard(admin, AFTER)
    new = _taken(connector, shard_of(session.id, AFTER), "new")
    reshard(admin, BEFORE)
    assert not _sees(connector, "new", new, session)
    assert sessions_without_owner(admin) == 1
    with connector.transaction() as connection:
        leases.let_go(connection, new.epoch, session.id)
    assert sessions_without_owner(admin) == 1, "only who runs it lets it go"
    assert _sees(connector, "old", old, session) is False
    with connector.transaction() as connection:
        leases.let_go(connection, old.epoch, session.id)
    assert _sees(connector, "old", old, session)
    assert sessions_without_owner(admin) == 0


def test_no_epoch_is_that_of_another_shard(connector: Database, admin: Connection) -> None:
    leases.prepare(admin, AFTER)
    epochs = [_taken(connector, shard, "worker").epoch for shard in range(AFTER)]
    assert len(set(epochs)) == AFTER


def test_fewer_shards_leave_nothing_without_an_owner(connector: Database, admin: Connection) -> None:
    leases.prepare(admin, AFTER)
    busy, idle = AFTER - 1, AFTER - 2
    _taken(connector, busy, "old")
    found = leases.survey(admin, "new", BEFORE, 20)
    assert (found.free, found.others) == (list(range(BEFORE)), {})
    reshard(admin, BEFORE)
    left = {row["shard"] for row in admin.execute("SELECT shard FROM gateway.shard_leases")}
    assert busy in left, "it is deleted when its owner has ended"
    assert idle not in left
    admin.execute("UPDATE gateway.shard_leases SET expires_at = now() - interval '1 s' WHERE shard = %s", [busy])
    reshard(admin, BEFORE)
    assert {row["shard"] for row in admin.execute("SELECT shard FROM gateway.shard_leases")} == set(range(BEFORE))


def test_a_shard_with_sessions_keeps_its_lease(connector: Database, admin: Connection) -> None:
    owner = new_id()
    users.ensure(admin, owner, DEFAULT_USER_PROFILES)
    leases.prepare(admin, AFTER)
    session = sessions.create(admin, owner, "office", AFTER)
    reshard(admin, AFTER // 2)
    kept = admin.execute("SELECT shard FROM gateway.shard_leases ORDER BY shard").fetchall()
    assert [row["shard"] for row in kept] == list(range(AFTER // 2))
    with admin.transaction():
        assert sessions.get(admin, Reach(owner), session.id).shard < AFTER // 2


def test_again_changes_nothing(admin: Connection) -> None:
    _moving_session(admin)
    reshard(admin, AFTER)
    assert reshard(admin, AFTER) == 0
