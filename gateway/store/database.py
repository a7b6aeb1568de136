"""The one way to PostgreSQL: a pool of connections whose transactions are short and never span a network call.

A transaction is a pipeline: BEGIN goes with the first statement, COMMIT with the last ones, and a statement whose
result nobody reads goes with the next that is read. Its error is raised there, or at the end of the transaction.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString, TypeVar

import psycopg
from psycopg import Pipeline
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from gateway.store.connecting import CONNECT_SECONDS, SOCKET_OPTIONS

Connection = psycopg.Connection[DictRow]

# After so long without use a connection may have been forgotten by what lies between, and is checked by a statement:
# a function of AWS Lambda is frozen, a firewall drops what is silent. The kernel knows at once what the server closed.
TRUSTED_SECONDS = 30.0

ResultT = TypeVar("ResultT")
RowT = TypeVar("RowT")


class Database:
    """`dsn` may point at a transaction pooler: nothing here depends on session state, unless it is `direct`.

    `wait_seconds` bounds how long a transaction waits for a connection; a `direct` connection prepares its statements,
    which quarters the time of a stored message. `lock_seconds`, of a direct connection, bounds the wait for a row.
    """

    def __init__(
        self,
        dsn: str,
        *,
        pool_size: int = 8,
        name: str = "gateway",
        wait_seconds: float = 10,
        direct: bool = False,
        lock_seconds: float | None = None,
    ) -> None:
        self._pool: ConnectionPool[_PooledConnection] = ConnectionPool(
            dsn,
            connection_class=_PooledConnection,
            kwargs={
                # Transactions are begun and ended by our own statements, which go in the pipeline.
                "autocommit": True,
                "row_factory": dict_row,
                "cursor_factory": _Cursor,
                "prepare_threshold": 2 if direct else None,
                "connect_timeout": CONNECT_SECONDS,
                "application_name": name,
                **SOCKET_OPTIONS,
                **({"options": f"-c lock_timeout={round(lock_seconds * 1000)}"} if lock_seconds else {}),
            },
            min_size=0,
            max_size=pool_size,
            max_idle=60,
            timeout=wait_seconds,
            reconnect_timeout=10,
            check=_check,
            open=True,
            name=name,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, rolled back on an error. Raises psycopg.OperationalError."""
        with self._pool.connection() as connection, connection.transacting():
            yield connection

    def run(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Return what `work` returns in a transaction; once more where the connection broke before COMMIT was sent.

        Nothing was written then. Raises psycopg.OperationalError.
        """
        with self._pool.connection() as connection:
            try:
                with connection.transacting():
                    return work(connection)
            except psycopg.OperationalError:
                if not connection.broke_before_commit:
                    raise
        with self.transaction() as connection:
            return work(connection)

    def ask(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Return what `work` returns, each of its statements a transaction of its own: one round trip.

        It is done once more where the connection breaks, and so is what may be repeated. Raises
        psycopg.OperationalError.
        """
        with self._pool.connection() as connection:
            try:
                return work(connection)
            except psycopg.OperationalError:
                if not connection.broken:
                    raise
        with self._pool.connection() as connection:
            return work(connection)

    def at_once(self, execute: Callable[[Connection], ResultT]) -> ResultT:
        """Return what `execute` returns, whose statements are one transaction and one round trip.

        It reads no answers: they are there once this has returned. What ends a pipeline ends the transaction that its
        statements are without BEGIN. Raises what a statement raises; those after it had no effect, as those before it.
        """
        with self._pool.connection() as connection, connection.pipeline():
            return execute(connection)

    def execute(self, statement: LiteralString, parameters: Sequence[object]) -> None:
        """Run one statement as a transaction of its own: a single round trip. Raises psycopg.OperationalError."""
        with self._pool.connection() as connection:
            connection.execute(statement, parameters)

    def close(self) -> None:
        """Close every connection; transactions under way are rolled back."""
        self._pool.close()


class _PooledConnection(psycopg.Connection[DictRow]):
    """A connection of the pool; `used_at` is when it was lent last, by time.monotonic()."""

    used_at = time.monotonic()
    batch: Pipeline | None = None
    _is_ending = False

    @contextmanager
    def transacting(self) -> Iterator[None]:
        """Run a transaction in one pipeline."""
        self._is_ending = False
        try:
            with self.pipeline() as self.batch:
                self.execute("BEGIN", prepare=False)
                yield
                self._is_ending = True
                self.execute("COMMIT", prepare=False)
        finally:
            self.batch = None

    @property
    def broke_before_commit(self) -> bool:
        return self.broken and not self._is_ending


class _Cursor(psycopg.Cursor[RowT]):
    """A cursor that ends what was sent with Sync where its result is read in a pipeline.

    By psycopg's own means it would be Flush: after that a session counts as busy, and the server's limit of the time
    that it may be idle in a transaction holds nobody who was stopped in the middle of one.
    """

    @property
    def rowcount(self) -> int:
        self._sync()
        return super().rowcount

    def fetchone(self) -> RowT | None:
        self._sync()
        return super().fetchone()

    def fetchall(self) -> list[RowT]:
        self._sync()
        return super().fetchall()

    def _sync(self) -> None:
        connection = self.connection
        if self.pgresult is None and isinstance(connection, _PooledConnection) and connection.batch is not None:
            connection.batch.sync()


def _check(connection: _PooledConnection) -> None:
    """Raise psycopg.OperationalError for a connection that is dead; costs a round trip only after a long silence."""
    now = time.monotonic()
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    # Nothing is to come on a connection that is not used but the server's farewell.
    if now - connection.used_at > TRUSTED_SECONDS or waiting.poll(0):
        ConnectionPool.check_connection(connection)
    connection.used_at = now
