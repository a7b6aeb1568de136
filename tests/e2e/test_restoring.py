"""A backup is restored on another server, after more was sent: sessions come back, and nothing leaves twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.client import Session
from gateway.store.maintenance.restoring import settle
from infra.local.database import DatabaseUrls, create_database, prepare_database
from infra.local.paths import postgres_binaries
from infra.local.postgres import Postgres
from tests import event_rows
from tests.e2e.world import Linked, World, until, until_connected
from tests.stack import server_directory

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Postgres]:
    """Another server, without roles or databases of ours."""
    server = Postgres(server_directory(), tmp_path / "postgres.log", durable=False)
    server.start()
    yield server
    server.stop()


def _run(program: str, *arguments: str) -> None:
    subprocess.run([str(postgres_binaries() / program), *arguments], check=True)


def _restore(backup: Path, server: Postgres) -> DatabaseUrls:
    """As docs/operate.md says: the roles by a migration of an empty database, then the backup, then the migration."""
    create_database(server.dsn(), "empty")
    prepare_database(server.dsn("empty"), server.password)
    create_database(server.dsn(), "restored")
    _run("pg_restore", "--exit-on-error", "--dbname", server.dsn("restored"), str(backup))
    prepare_database(server.dsn("restored"), server.password)
    return DatabaseUrls.of(server.dsn("restored"), server.password)


def test_a_restored_backup_brings_sessions_back_and_sends_nothing_again(
    fresh: World, elsewhere: Postgres, tmp_path: Path
) -> None:
    first = fresh.gateway.start_connector()
    linked, tenant = fresh.link(), fresh.phone("Tenant")
    linked.session.send(tenant, fresh.text("before the backup"))
    first.stop()
    # Waits at the moment of the backup, and leaves after it.
    waiting = linked.session.send(tenant, fresh.text("waited in the backup"), wait=False)
    backup = tmp_path / "backup"
    _run("pg_dump", "--format", "custom", "--file", str(backup), fresh.gateway.database.admin)
    second = fresh.gateway.start_connector()
    fresh.whatsapp.wait_for_text(tenant, "waited in the backup")
    second.stop()

    with _moved_to(fresh, _restore(backup, elsewhere)) as session:
        fresh.gateway.start_connector()
        until_connected(session, linked.number)
        fresh.say(tenant, linked.number, "after the restore")
        until(lambda: Linked(session, linked.number).message("after the restore"), timeout=30)
        session.send(tenant, fresh.text("sent after the restore"))
        fresh.whatsapp.wait_for_text(tenant, "sent after the restore")
        received = [message["text"] for message in fresh.whatsapp.messages(tenant) if not message["fromMe"]]
        assert received == ["before the backup", "waited in the backup", "sent after the restore"]
        assert session.message(waiting.id).status == "unknown"


@contextmanager
def _moved_to(world: World, restored: DatabaseUrls) -> Iterator[Session]:
    """Yield the session of the only key, as the API on the restored database has it."""
    gateway, old = world.gateway, world.gateway.database
    with psycopg.connect(restored.admin, row_factory=dict_row) as connection:
        assert settle(connection) == {"sends": 1, "operations": 0, "turns": 0}
    gateway.api.stop()
    del gateway.api
    gateway.database = restored
    try:
        (session,) = world.as_user(gateway.key).sessions()
        yield session
        event_rows.check(restored.admin)
    finally:
        gateway.database = old
