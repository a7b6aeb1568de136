"""Bringing the database's schema to this release: the SQL files of `migrations/`, in order, applied by yoyo.

Safe to run from several places at once: an advisory lock lets one migrate, the others wait for it. The foreign keys to
user profiles are added afterwards, because the product may name its own table for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from urllib.parse import urlencode

import psycopg
import yoyo
from psycopg import sql
from psycopg.rows import tuple_row

from gateway.store.adopting import adopt_restored_events
from gateway.store.connecting import CONNECT_SECONDS, SOCKET_OPTIONS, connect

DEFAULT_USER_PROFILES = "gateway.user_profiles"
_LOCK = "gateway.migrations"


def migrate(dsn: str, user_profiles_table: str = DEFAULT_USER_PROFILES, *, wait_seconds: float = 60.0) -> list[str]:
    """Apply the migrations that are missing and return their names.

    `dsn` is of a direct connection, not of a pooler's, and of a role that may create roles.
    Raises TimeoutError when another migration holds the lock for longer than `wait_seconds`.
    """
    with connect(dsn, tuple_row, autocommit=True) as connection, _lock(connection, wait_seconds):
        connection.execute("CREATE SCHEMA IF NOT EXISTS gateway")
        with as_file(files("gateway.store") / "migrations") as folder:
            applied = _apply(dsn, str(folder))
        _refer_to_user_profiles(connection, user_profiles_table)
        adopt_restored_events(connection)
    return applied


@contextmanager
def _lock(connection: psycopg.Connection, wait_seconds: float) -> Iterator[None]:
    # Polled: a session that waits in pg_advisory_lock deadlocks with CREATE INDEX CONCURRENTLY (measured).
    deadline = time.monotonic() + wait_seconds
    while not _is_true(connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LOCK]).fetchone()):
        if time.monotonic() > deadline:
            raise TimeoutError("another migration has been running for too long; try again when it has ended")
        time.sleep(0.1)
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_LOCK])


def _is_true(row: tuple[object, ...] | None) -> bool:
    return bool(row and row[0])


def pending(dsn: str) -> list[str]:
    """Return the names of the migrations that are not applied yet. Raises psycopg.Error."""
    with connect(dsn, tuple_row) as connection:
        if not _is_true(connection.execute("SELECT to_regclass('gateway._yoyo_migration') IS NOT NULL").fetchone()):
            applied: set[str] = set()
        else:
            applied = {row[0] for row in connection.execute("SELECT migration_id FROM gateway._yoyo_migration")}
    with as_file(files("gateway.store") / "migrations") as folder:
        return [migration.id for migration in yoyo.read_migrations(str(folder)) if migration.id not in applied]


def _apply(dsn: str, folder: str) -> list[str]:
    uri = "postgresql+psycopg" + dsn[dsn.index("://") :]
    options = urlencode({**SOCKET_OPTIONS, "connect_timeout": CONNECT_SECONDS, "schema": "gateway"})
    backend = yoyo.get_backend(f"{uri}{'&' if '?' in uri else '?'}{options}")
    try:
        # The advisory lock protects us; a row that a killed migration left in yoyo's own lock would block for ever.
        backend.break_lock()
        pending = backend.to_apply(yoyo.read_migrations(folder))
        backend.apply_migrations(pending)
        return [migration.id for migration in pending]
    finally:
        backend.connection.close()


def _refer_to_user_profiles(connection: psycopg.Connection, table: str) -> None:
    schema, name = table.split(".", 1) if "." in table else ("public", table)
    target = sql.Identifier(schema, name)
    if table == DEFAULT_USER_PROFILES:
        connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now())"
            ).format(target)
        )
        # A profile is made when an app key first names it.
        connection.execute(sql.SQL("GRANT SELECT, INSERT ON {} TO gateway_functions").format(target))
    for referring in ("whatsapp_sessions", "api_keys"):
        _add_foreign_key(connection, referring, target)


def _add_foreign_key(connection: psycopg.Connection, referring: str, target: sql.Identifier) -> None:
    constraint = f"{referring}_user_profile_id_fkey"
    if connection.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [constraint]).fetchone():
        return
    connection.execute(
        sql.SQL("ALTER TABLE gateway.{} ADD CONSTRAINT {} FOREIGN KEY (user_profile_id) REFERENCES {} (id)").format(
            sql.Identifier(referring), sql.Identifier(constraint), target
        )
    )
