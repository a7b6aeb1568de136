"""The one way to PostgreSQL: a pool of connections whose transactions are short and never span a network call."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from gateway.store.connecting import CONNECT_SECONDS, SOCKET_OPTIONS

Connection = psycopg.Connection[DictRow]

# A connection that worked so recently is used again without checking it by a round trip.
TRUSTED_SECONDS = 1.0


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
                "row_factory": dict_row,
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
            # The connector repeats what a lost connection interrupted; a request of the API should not meet one.
            check=_check if direct else ConnectionPool.check_connection,
            open=True,
            name=name,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection in a transaction, rolled back on an error. Raises psycopg.OperationalError."""
        with self._pool.connection() as connection:
            yield connection
            connection.worked_at = time.monotonic()

    def execute(self, statement: LiteralString, parameters: Sequence[object]) -> None:
        """Run one statement as a transaction of its own: a single round trip. Raises psycopg.OperationalError."""
        with self.transaction() as connection, _autocommit(connection):
            connection.execute(statement, parameters)

    def close(self) -> None:
        """Close every connection; transactions under way are rolled back."""
        self._pool.close()


class _PooledConnection(psycopg.Connection[DictRow]):
    """A connection of the pool; `worked_at` is when it last worked, by time.monotonic()."""

    worked_at = float("-inf")


def _check(connection: _PooledConnection) -> None:
    if time.monotonic() - connection.worked_at > TRUSTED_SECONDS:
        ConnectionPool.check_connection(connection)


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    connection.autocommit = True
    try:
        yield
    finally:
        # The pool discards broken connections.
        if not connection.closed:
            connection.autocommit = False
