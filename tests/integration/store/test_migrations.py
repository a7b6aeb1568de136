from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from gateway.store.ids import new_id
from gateway.store.schema import migrate
from infra.local.database import create_database
from tests.stack import Stack, drop_database


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
