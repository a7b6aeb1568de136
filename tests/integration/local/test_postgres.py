"""PostgreSQL as our own child process: private to this machine, with nothing lost by kill -9."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from infra.local.database import DatabaseUrls
from infra.local.postgres import Postgres
from infra.local.service import StartError
from tests.integration.local.waiting import until
from tests.stack import Stack, data_directory


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Postgres]:
    """A server of the test's own, to be killed; not started yet."""
    directory = data_directory()
    server = Postgres(directory, tmp_path / "postgres.log", durable=False)
    yield server
    server.stop()
    shutil.rmtree(directory)


def test_a_fresh_database_is_migrated_and_its_roles_log_in(database: DatabaseUrls) -> None:
    for dsn in (database.functions, database.connector):
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SELECT count(*) FROM gateway.whatsapp_sessions").fetchone() == (0,)
    with psycopg.connect(database.whatsmeow) as connection:
        assert connection.execute("SELECT current_schema()").fetchone() == ("whatsmeow",)


def test_databases_are_apart(stack: Stack, database: DatabaseUrls) -> None:
    other = stack.database()
    with psycopg.connect(database.admin) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with psycopg.connect(other.admin) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    stack.drop(other)


def test_a_wrong_password_is_refused(database: DatabaseUrls) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.functions.replace("gateway_functions:", "gateway_functions:x"))


def test_it_listens_on_loopback_only(stack: Stack) -> None:
    sockets = psutil.Process(stack.postgres.pid).net_connections("inet")
    assert {socket.laddr.ip for socket in sockets} == {"127.0.0.1"}


def test_it_does_not_run_as_root(stack: Stack) -> None:
    assert 0 not in psutil.Process(stack.postgres.pid).uids()


def test_a_failed_statement_is_not_logged(stack: Stack, database: DatabaseUrls) -> None:
    with psycopg.connect(database.admin) as connection, pytest.raises(psycopg.DataError):
        connection.execute("SELECT 'a private text'::integer")
    assert "a private text" not in stack.postgres.log.read_text().replace('"a private text"', "")


def test_what_was_committed_survives_kill_9(own_server: Postgres) -> None:
    own_server.start()
    with psycopg.connect(own_server.dsn()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
    own_server.kill()
    own_server.start()
    with psycopg.connect(own_server.dsn()) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (1,)


def test_an_orphaned_server_of_a_killed_run_is_replaced(own_server: Postgres, tmp_path: Path) -> None:
    own_server.start()
    orphan = psutil.Process(own_server.pid)
    successor = Postgres(own_server.directory, tmp_path / "successor.log", durable=False)
    successor.start()
    try:
        assert not orphan.is_running()
        psycopg.connect(successor.dsn()).close()
    finally:
        successor.stop()


def test_a_lock_file_that_names_a_reused_pid_does_not_block(own_server: Postgres, stack: Stack) -> None:
    own_server.start()
    own_server.kill()
    lock = own_server.directory / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(stack.postgres.pid), *lines[1:]]))
    own_server.start()
    assert psutil.pid_exists(stack.postgres.pid)


def test_a_kill_during_the_first_start_leaves_nothing_in_the_way(own_server: Postgres) -> None:
    draft = own_server.directory / "draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    (own_server.directory / "password").write_text("from the killed run")
    own_server.start()


def test_a_start_that_fails_says_why(own_server: Postgres, tmp_path: Path, stack: Stack) -> None:
    rival = Postgres(own_server.directory, tmp_path / "rival.log", stack.postgres.port, durable=False)
    with pytest.raises(StartError, match="Address already in use"):
        rival.start()


def test_secrets_are_readable_by_the_owner_only(stack: Stack) -> None:
    for name in ("password", "data"):
        assert (stack.postgres.directory / name).stat().st_mode & 0o077 == 0


KILLED_PARENT = """
import sys, time
from pathlib import Path
from infra.local.postgres import Postgres
server = Postgres(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), durable=False)
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


def test_when_its_parent_is_killed_it_lets_clients_finish_and_ends(own_server: Postgres) -> None:
    arguments = (str(own_server.directory), str(own_server.log), str(own_server.port))
    with subprocess.Popen([sys.executable, "-c", KILLED_PARENT, *arguments], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server = psutil.Process(int(parent.stdout.readline()))
        client = psycopg.connect(own_server.dsn(), autocommit=True)
        parent.kill()
    until(lambda: not own_server.is_ready())
    assert client.execute("SELECT 1").fetchone() == (1,)
    client.close()
    until(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
