"""A database that is slow is not taken for one that is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from connector.database_health import DatabaseHealth
from connector.shards.lease_callbacks import LeaseCallbacks
from connector.shards.leaseholder import Leaseholder
from connector.term import Term
from gateway.domain.access import Reach
from gateway.settings import ConnectorSettings
from gateway.store import sessions, users
from gateway.store.database import Database
from gateway.store.ids import new_id
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

TTL_SECONDS = 6.0


@pytest.mark.slow
def test_a_worker_without_a_free_connection_keeps_its_sockets_and_leases(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Two connections wait for a table, for longer than a lease is trusted; whoever wants a third one waits in vain."""
    gateway.start_connector(GATEWAY_DATABASE_POOL_SIZE="2")
    log = gateway.logs / "connector-0.log"
    tenant, offices = phone(), [phone() for _ in range(4)]
    linked = [user.link(office) for office in offices]
    # Stored under the first look of each session, which may still be under way.
    for office, session_id in zip(offices, linked, strict=True):
        whatsapp.send(tenant, office, "before")
        user.wait_for_texts(session_id, "before")
    states = [user.events(session_id, "session.state") for session_id in linked]
    with psycopg.connect(gateway.database.admin) as blocking:
        blocking.execute("LOCK TABLE gateway.inbox IN ACCESS EXCLUSIVE MODE")
        for office in offices:
            whatsapp.send(tenant, office, "while it is slow")
        # Whoever waits for a connection gives up after 10 s.
        wait_for(log.read_text, lambda text: "PoolTimeout" in text)
    for session_id in linked:
        user.wait_for_texts(session_id, "before", "while it is slow")
        assert user.received(session_id) == ["before", "while it is slow"]
    assert [user.events(session_id, "session.state") for session_id in linked] == states
    text = log.read_text()
    assert "lost a shard" not in text
    assert "the database is away" not in text


@dataclass
class Holder:
    """A leaseholder of this process, and what it did."""

    acquired: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    def callbacks(self) -> LeaseCallbacks:
        def note(shards: list[int], term: Term) -> None:
            shards.append(term.shard)

        return LeaseCallbacks(
            lambda term: note(self.acquired, term), lambda term: note(self.lost, term), lambda _: None
        )


@pytest.fixture
def lease_database(database: DatabaseUrls) -> Iterator[Database]:
    own = Database(database.connector, pool_size=2, direct=True, lock_seconds=TTL_SECONDS / 6)
    yield own
    own.close()


def test_a_shard_whose_session_is_locked_holds_up_no_other(database: DatabaseUrls, lease_database: Database) -> None:
    settings = ConnectorSettings.model_validate(
        {
            "database_url": database.connector,
            "whatsmeow_database_url": database.whatsmeow,
            "shards": 3,
            "lease_ttl_seconds": TTL_SECONDS,
            "lease_margin_seconds": 1,
        }
    )
    holder = Holder()
    leaseholder = Leaseholder(lease_database, "worker", settings, holder.callbacks(), DatabaseHealth())
    with psycopg.connect(database.admin, row_factory=dict_row) as blocking:
        _locked_session(database, blocking)
        leaseholder.start()
        wait_for(lambda: sorted(holder.acquired), lambda found: found == [1, 2], timeout=TTL_SECONDS)
        first = leaseholder.terms[0].trusted_until
        wait_for(lambda: leaseholder.terms[0].trusted_until, lambda until: until > first + TTL_SECONDS / 2)
        assert sorted(holder.acquired) == [1, 2]
    wait_for(lambda: sorted(holder.acquired), lambda found: found == [0, 1, 2])
    leaseholder.stop()
    assert holder.lost == []


def _locked_session(database: DatabaseUrls, connection: psycopg.Connection[DictRow]) -> None:
    """Make a session of shard 0, and lock it until the connection's transaction ends."""
    with psycopg.connect(database.admin, row_factory=dict_row) as admin:
        owner = new_id()
        users.ensure(admin, owner, DEFAULT_USER_PROFILES)
        session = sessions.create(admin, owner, "office", 1)
    sessions.lock(connection, Reach(owner), session.id)
