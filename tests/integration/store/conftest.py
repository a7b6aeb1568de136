"""A database as the two roles see it, a user with a session, and the session's owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.access import Reach
from gateway.domain.phone import Address
from gateway.domain.sessions import SessionState
from gateway.store import desired_state, leases, sessions, users
from gateway.store.database import Database
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.leases import Lease
from gateway.store.pacing import Pacing
from gateway.store.schema import DEFAULT_USER_PROFILES
from gateway.store.sessions import Session
from infra.local.database import DatabaseUrls

SHARDS = 16
DEVICE = "4915112345678:1@s.whatsapp.net"
PACING = Pacing(per_minute=1000, per_hour=1000, new_chats_per_day=1000)
BOB = Address("100000000000002@lid", "+15550002002")


@dataclass(frozen=True, slots=True)
class Store:
    """`functions` and `connector` connect as the roles of those names."""

    functions: Database
    connector: Database


@dataclass(frozen=True, slots=True)
class Owned:
    """A session whose shard `worker` holds."""

    user: UUID
    session_id: UUID
    shard: int
    worker: str
    lease: Lease

    @property
    def epoch(self) -> int:
        return self.lease.epoch


@pytest.fixture(scope="module")
def store(module_database: DatabaseUrls) -> Iterator[Store]:
    store = Store(Database(module_database.functions), Database(module_database.connector))
    yield store
    store.functions.close()
    store.connector.close()


@pytest.fixture
def user(module_database: DatabaseUrls) -> UUID:
    user = new_id()
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        users.ensure(connection, user, DEFAULT_USER_PROFILES)
    return user


@pytest.fixture
def make_session(store: Store, user: UUID) -> Callable[[], Session]:
    def make() -> Session:
        with store.functions.transaction() as connection:
            return sessions.create(connection, user, "Office", SHARDS)

    return make


@pytest.fixture
def owned(store: Store, make_session: Callable[[], Session]) -> Owned:
    """A session that should be connected, leased by a worker of its own."""
    session = make_session()
    worker = f"worker-{session.id}"
    with store.functions.transaction() as connection:
        desired_state.request_connect(connection, Reach(session.user_profile_id), session.id)
    with store.connector.transaction() as connection:
        leases.prepare(connection, SHARDS)
        connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [session.shard])
        lease = leases.acquire(connection, session.shard, worker, 60)
    assert lease
    return Owned(session.user_profile_id, session.id, session.shard, worker, lease)


@pytest.fixture
def linked(store: Store, owned: Owned) -> Owned:
    """A session with a linked device, connected."""
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        fence.link(f"{owned.session_id}:1@s.whatsapp.net", "+4915112345678", "100000000000001@lid")
        fence.move(SessionState.CONNECTED)
    return owned


def read(store: Store, owned: Owned) -> Session:
    with store.functions.transaction() as connection:
        return sessions.get(connection, Reach(owned.user), owned.session_id)


@pytest.fixture
def make_linked(store: Store, owned: Owned, make_session: Callable[[], Session]) -> Callable[[], Owned]:
    """Other sessions than `linked`, each on a shard of its own: who acquires a shard gets all its sessions."""
    taken = {owned.shard}

    def make() -> Owned:
        session = next(session for session in iter(make_session, None) if session.shard not in taken)
        taken.add(session.shard)
        worker = f"worker-{session.id}"
        with store.functions.transaction() as connection:
            desired_state.request_connect(connection, Reach(session.user_profile_id), session.id)
        with store.connector.transaction() as connection:
            connection.execute("UPDATE gateway.shard_leases SET owner = NULL WHERE shard = %s", [session.shard])
            lease = leases.acquire(connection, session.shard, worker, 60)
        assert lease
        other = Owned(session.user_profile_id, session.id, session.shard, worker, lease)
        with fenced(store.connector, other.session_id, other.epoch) as fence:
            fence.link(f"{other.session_id}:1@s.whatsapp.net", "+15550009009", "100000000000009@lid")
            fence.move(SessionState.CONNECTED)
        return other

    return make
