"""Sessions distributed again while their owners run."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.access import Reach
from gateway.domain.errors import LeaseLost
from gateway.domain.shards import shard_of
from gateway.store import desired_state, leases, sessions, users
from gateway.store.database import Connection, Database
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.leases import Lease
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


def test_the_old_owner_is_fenced_and_the_new_one_takes_over(connector: Database, admin: Connection) -> None:
    session = _moving_session(admin)
    leases.prepare(admin, AFTER)
    for _ in range(3):  # an owner whose epoch is higher than the next one's
        admin.execute(
            "UPDATE gateway.shard_leases SET expires_at = NULL, owner = NULL WHERE shard = %s", [session.shard]
        )
        old = _taken(connector, session.shard, "old")
    assert _sees(connector, "old", old, session)
    new = _taken(connector, shard_of(session.id, AFTER), "new")
    assert reshard(admin, AFTER) == 1
    with pytest.raises(LeaseLost), fenced(connector, session.id, old.epoch):
        pass
    assert not _sees(connector, "old", old, session)
    assert _sees(connector, "new", new, session)
    with fenced(connector, session.id, new.epoch) as fence:
        assert fence.session.shard == new.shard


def test_again_changes_nothing(admin: Connection) -> None:
    _moving_session(admin)
    reshard(admin, AFTER)
    assert reshard(admin, AFTER) == 0
