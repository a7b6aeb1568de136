"""Bringing the database's schema to this release: the SQL files of `migrations/`, in order, applied by yoyo.

Safe to run from several places at once: an advisory lock lets one migrate, the others wait for it. The foreign keys to
user profiles are added afterwards, because the product may name its own table for them.

The release before runs meanwhile. Who waits for the lock of a table has everybody wait who comes later, and two tables
in another order than a writer's are a deadlock. So a migration waits for a moment only, gives everything back, and
begins again: nobody who writes is refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import as_file, files
from typing import TypeVar
from urllib.parse import urlencode

import psycopg
import yoyo
from psycopg import sql
from psycopg.rows import tuple_row

from gateway.backoff import Backoff
from gateway.store.adopting import adopt_restored_events
from gateway.store.connecting import CONNECT_SECONDS, SOCKET_OPTIONS, connect

DEFAULT_USER_PROFILES = "gateway.user_profiles"
_LOCK = "gateway.migrations"
# Below the server's deadlock_timeout of a second, so that it is the migration which gives way, never who writes.
_LOCK_TIMEOUT = "200ms"

log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")


def migrate(dsn: str, user_profiles_table: str = DEFAULT_USER_PROFILES, *, wait_seconds: float = 60.0) -> list[str]:
    """Apply the migrations that are missing and return their names.

    `dsn` is of a direct connection, not of a pooler's, and of a role that may create roles.
    Raises TimeoutError when another migration, or a transaction that is open, is in the way for longer than
    `wait_seconds`; what was applied until then stays, and is not applied again.
    """
    with connect(dsn, tuple_row, autocommit=True) as connection, _lock(connection, wait_seconds):
        connection.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.execute("CREATE SCHEMA IF NOT EXISTS gateway")
        with as_file(files("gateway.store") / "migrations") as folder:
            applied = apply_all(dsn, str(folder), wait_seconds)
        patiently(lambda: _refer_to_user_profiles(connection, user_profiles_table), wait_seconds)
        patiently(lambda: adopt_restored_events(connection), wait_seconds)
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


def apply_all(dsn: str, folder: str, wait_seconds: float) -> list[str]:
    """Apply the migrations of a folder that are missing, one by one, and return their names. Raises TimeoutError."""
    with _backend(dsn, _LOCK_TIMEOUT) as hasty, _backend(dsn, "0") as waiting:
        # The advisory lock protects us; a row that a killed migration left in yoyo's own lock would block for ever.
        hasty.break_lock()
        pending = list(hasty.to_apply(yoyo.read_migrations(folder)))
        for migration in pending:
            # Outside of a transaction are statements that hold nobody up and may take long, beside long transactions.
            backend = hasty if migration.use_transactions else waiting
            patiently(partial(backend.apply_one, migration), wait_seconds)
    return [migration.id for migration in pending]


def _backend(dsn: str, lock_timeout: str) -> yoyo.backends.DatabaseBackend:
    uri = "postgresql+psycopg" + dsn[dsn.index("://") :]
    waiting = f"-c lock_timeout={lock_timeout}"
    given = {**SOCKET_OPTIONS, "connect_timeout": CONNECT_SECONDS, "schema": "gateway", "options": waiting}
    options = urlencode(given)
    return yoyo.get_backend(f"{uri}{'&' if '?' in uri else '?'}{options}")


def patiently(work: Callable[[], ResultT], wait_seconds: float) -> ResultT:
    """Return what `work` returns, which is done again while others hold what it wants to lock. Raises TimeoutError."""
    deadline, backoff = time.monotonic() + wait_seconds, Backoff(0.2, 1.0)
    while True:
        try:
            return work()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if time.monotonic() > deadline:
                raise TimeoutError("a transaction holds a table for too long: end it and try again") from error
            log.info("a migration gives way", extra={"error": type(error).__name__})
            time.sleep(backoff.next())


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
