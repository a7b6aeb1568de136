"""The gauges, read from the rows."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from gateway.domain.commands import CommandKind
from gateway.metrics import Metric
from gateway.store import commands, leases, sessions, users
from gateway.store.database import Connection
from gateway.store.ids import new_id
from gateway.store.maintenance import diagnosis, gauges
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls

SHARDS = 1


def _gauges(database: DatabaseUrls) -> dict[Metric, float]:
    """With the rights that the sweeper has."""
    with psycopg.connect(database.sweeper, row_factory=dict_row) as connection:
        return gauges.read(connection)


@pytest.fixture
def admin(database: DatabaseUrls) -> Connection:
    return psycopg.connect(database.admin, row_factory=dict_row)


def _session(connection: Connection, status: str) -> sessions.Session:
    owner = new_id()
    users.ensure(connection, owner, DEFAULT_USER_PROFILES)
    session = sessions.create(connection, owner, "office", SHARDS)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET connection_status = %s, desired_state = 'connected' WHERE id = %s",
        [status, session.id],
    )
    return session


def test_an_empty_system_is_all_zeros_but_for_its_connections(database: DatabaseUrls) -> None:
    found = _gauges(database)
    assert found.pop(Metric.DATABASE_CONNECTIONS) >= 1
    assert set(found.values()) == {0.0}


def test_sessions_are_counted_by_state_and_by_whether_they_have_an_owner(
    database: DatabaseUrls, admin: Connection
) -> None:
    with admin:
        for status in ("connected", "connected", "qr_pending"):
            _session(admin, status)
    found = _gauges(database)
    assert (found[Metric.SESSIONS_CONNECTED], found[Metric.SESSIONS_QR_PENDING]) == (2, 1)
    assert found[Metric.SESSIONS_WITHOUT_OWNER] == 3
    with psycopg.connect(database.admin, row_factory=dict_row) as connection:
        leases.prepare(connection, SHARDS)
        leases.acquire(connection, 0, "worker", 60)
    assert _gauges(database)[Metric.SESSIONS_WITHOUT_OWNER] == 0


def test_a_linked_session_is_missing_until_it_is_connected(database: DatabaseUrls, admin: Connection) -> None:
    with admin:
        for status in ("connected", "connecting", "qr_pending"):
            session = _session(admin, status)
            if status != "qr_pending":
                linked = "UPDATE gateway.whatsapp_sessions SET auth_state = %s WHERE id = %s"
                admin.execute(linked, [Jsonb({"deviceJid": str(session.id)}), session.id])
    found = _gauges(database)
    assert (found[Metric.SESSIONS_WANTED], found[Metric.SESSIONS_MISSING]) == (2, 1)


def test_a_lease_without_owner_covers_no_session(database: DatabaseUrls, admin: Connection) -> None:
    with admin:
        _session(admin, "connected")
        leases.prepare(admin, SHARDS)
        leases.acquire(admin, 0, "worker", 60)
        admin.execute("UPDATE gateway.shard_leases SET owner = NULL, expires_at = now() + interval '1 minute'")
    assert _gauges(database)[Metric.SESSIONS_WITHOUT_OWNER] == 1
    with psycopg.connect(database.admin, row_factory=dict_row) as connection:
        assert diagnosis.sessions_without_owner(connection) == 1


def test_a_command_waits_only_where_its_session_is_connected(database: DatabaseUrls, admin: Connection) -> None:
    with admin:
        for status in ("connected", "connecting"):
            session = _session(admin, status)
            commands.enqueue(admin, session, CommandKind.MARK_READ, {}, expires_seconds=60)
        age = "UPDATE gateway.commands SET created_at = now() - interval '90 seconds' WHERE session_id = %s"
        admin.execute(age, [session.id])
    assert _gauges(database)[Metric.OLDEST_COMMAND_SECONDS] < 60


def test_what_came_in_and_is_not_processed_has_an_age(database: DatabaseUrls, admin: Connection) -> None:
    with admin:
        session = _session(admin, "connected")
        raw = (
            "INSERT INTO gateway.inbox (session_id, kind, payload, received_at) VALUES (%s, 'Message', '', now() - %s)"
        )
        admin.execute(raw, [session.id, timedelta(seconds=90)])
    assert _gauges(database)[Metric.OLDEST_INBOX_SECONDS] >= 90
    assert _gauges(database)[Metric.EVENTS_SET_ASIDE] == 0
    with psycopg.connect(database.admin) as connection:
        connection.execute("UPDATE gateway.inbox SET error = 'ValueError'")
    assert _gauges(database)[Metric.EVENTS_SET_ASIDE] == 1
    assert _gauges(database)[Metric.OLDEST_INBOX_SECONDS] == 0
