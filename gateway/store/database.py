"""The one way to PostgreSQL: a pool of connections whose transactions are short and never span a network call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[DictRow]
Row = dict[str, Any]


class Database:
    """`dsn` may point at a transaction pooler: nothing here depends on session state, unless it is `direct`.

    `wait_seconds` bounds how long a transaction waits for a connection; what is `direct` prepares its statements,
    which quarters the time of a stored message.
    """

    def __init__(
        self, dsn: str, *, pool_size: int = 8, name: str = "gateway", wait_seconds: float = 10, direct: bool = False
    ) -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            connection_class=psycopg.Connection[DictRow],
            kwargs={
                "row_factory": dict_row,
                "prepare_threshold": 2 if direct else None,
                "connect_timeout": 5,
                "application_name": name,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
            },
            min_size=0,
            max_size=pool_size,
            max_idle=60,
            timeout=wait_seconds,
            reconnect_timeout=10,
            check=ConnectionPool.check_connection,
            open=True,
            name=name,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction, rolled back on an error. Raises psycopg.OperationalError."""
        with self._pool.connection() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; transactions under way are rolled back."""
        self._pool.close()
