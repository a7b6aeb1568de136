from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from gateway.store.ids import new_id
from gateway.store.schema import apply_all, migrate
from infra.local.database import create_database
from tests.stack import Stack, drop_database

# The last migration of an older release, which runs while the newer ones are applied.
OLDER = "0018.webhooks.sql"
WRITERS = 4
# As the roles of the functions may wait for a statement: what waits longer is refused.
REFUSED_AFTER = "5s"


@pytest.fixture
def empty(stack: Stack) -> Iterator[str]:
    """The DSN of a database without our schema."""
    name = f"empty_{secrets.token_hex(4)}"
    create_database(stack.postgres.dsn(), name)
    yield stack.postgres.dsn(name)
    drop_database(stack.postgres.dsn(), name)


def test_several_may_migrate_at_once(empty: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(empty), range(4)))
    assert sorted(map(bool, applied)) == [False, False, False, True]
    assert migrate(empty) == []


def test_one_that_waits_too_long_says_so(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('gateway.migrations'))")
        with pytest.raises(TimeoutError, match="another migration"):
            migrate(empty, wait_seconds=0.2)


def test_the_lock_row_of_a_killed_migration_does_not_block(empty: str) -> None:
    migrate(empty)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("INSERT INTO gateway.yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    assert migrate(empty) == []


def test_sessions_may_belong_to_the_products_own_users(empty: str) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.profiles (id uuid PRIMARY KEY)")
    migrate(empty, "public.profiles")
    with psycopg.connect(empty, autocommit=True) as connection:
        assert connection.execute("SELECT to_regclass('gateway.user_profiles')").fetchone() == (None,)
        insert = (
            "INSERT INTO gateway.whatsapp_sessions (id, user_profile_id, session_name, shard) VALUES (%s, %s, '', 0)"
        )
        user = new_id()
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(insert, [new_id(), user])
        connection.execute("INSERT INTO public.profiles VALUES (%s)", [user])
        connection.execute(insert, [new_id(), user])


def test_nothing_is_granted_to_everybody(empty: str) -> None:
    migrate(empty)
    with psycopg.connect(empty) as connection:
        rows = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.role_table_grants"
            " WHERE grantee = 'PUBLIC' AND table_schema IN ('gateway', 'whatsmeow')"
        ).fetchall()
    assert rows == []


@pytest.fixture
def older(empty: str, tmp_path: Path) -> str:
    """The DSN of a database of the older release."""
    for file in Path(str(files("gateway.store") / "migrations")).iterdir():
        if file.name <= OLDER:
            shutil.copy(file, tmp_path)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA gateway")
    apply_all(empty, str(tmp_path), 20)
    return empty


def _office(dsn: str) -> UUID:
    """A session with a chat. Return its id."""
    session, owner = new_id(), new_id()
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS gateway.user_profiles (id uuid PRIMARY KEY)")
        connection.execute("INSERT INTO gateway.user_profiles VALUES (%s)", [owner])
        connection.execute(
            "INSERT INTO gateway.whatsapp_sessions (id, user_profile_id, session_name, shard) VALUES (%s, %s, '', 0)",
            [session, owner],
        )
        connection.execute(
            "INSERT INTO gateway.chats (id, session_id, kind, phone_number) VALUES (%s, %s, 'user', '+15550001')",
            [new_id(), session],
        )
    return session


def _write(dsn: str, session: UUID, until: threading.Event) -> int:
    """Lock and read what a send does, in its order, again and again. Return how often; raise psycopg.Error."""
    count = 0
    with psycopg.connect(dsn, options=f"-c statement_timeout={REFUSED_AFTER}") as connection:
        while not until.is_set():
            connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR NO KEY UPDATE", [session])
            time.sleep(0.003)
            connection.execute("SELECT FROM gateway.commands WHERE session_id = %s FOR UPDATE", [session])
            connection.execute("SELECT FROM gateway.whatsapp_explorer_messages WHERE session_id = %s", [session])
            time.sleep(0.003)
            connection.execute("SELECT FROM gateway.chats WHERE session_id = %s FOR UPDATE", [session])
            connection.commit()
            count += 1
            time.sleep(0.01)
    return count


def test_nobody_who_writes_is_refused_while_it_runs(older: str) -> None:
    sessions, ended = [_office(older) for _ in range(WRITERS // 2)], threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(_write, older, session, ended) for session in sessions * 2]
        try:
            assert migrate(older)
        finally:
            ended.set()
        assert all(each.result() for each in writing)


def test_it_gives_way_to_a_transaction_that_is_open_and_goes_on_after_it(older: str) -> None:
    session = _office(older)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(older) as open_for_long, psycopg.connect(older) as other:
        open_for_long.execute("SELECT FROM gateway.whatsapp_explorer_messages")
        running = pool.submit(migrate, older)
        since = time.monotonic()
        while time.monotonic() < since + 1.5:
            other.execute("SET statement_timeout = '2s'")
            other.execute("SELECT FROM gateway.whatsapp_explorer_messages WHERE session_id = %s", [session])
            other.rollback()
        assert not running.done()
        open_for_long.rollback()
        assert running.result(timeout=20)


def test_a_transaction_that_stays_open_is_named_as_the_reason(older: str) -> None:
    with psycopg.connect(older) as open_for_ever:
        open_for_ever.execute("SELECT FROM gateway.whatsapp_explorer_messages")
        with pytest.raises(TimeoutError, match="a transaction holds a table"):
            migrate(older, wait_seconds=0.5)
    assert migrate(older)
