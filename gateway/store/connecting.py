"""How every connection to PostgreSQL is opened, in a pool or by itself: a dead one is noticed within seconds.

After a failover the old server may never answer, and TCP by itself repeats for 15 minutes what it wrote last.
whatsmeow's driver, lib/pq, has no such options: see infra/aws/connector.yaml.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import psycopg
from psycopg.rows import RowFactory

RowT = TypeVar("RowT")

# Options of libpq: the first three for a connection that waits, in seconds; the last, in ms, for one that has written.
SOCKET_OPTIONS: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
CONNECT_SECONDS = 5


def connect(dsn: str, row_factory: RowFactory[RowT], *, autocommit: bool = False) -> psycopg.Connection[RowT]:
    """Open a connection that belongs to no pool. Raises psycopg.OperationalError."""
    return psycopg.connect(
        dsn, row_factory=row_factory, autocommit=autocommit, connect_timeout=CONNECT_SECONDS, **SOCKET_OPTIONS
    )


def notifications(connection: psycopg.Connection[Any], seconds: float) -> Iterator[psycopg.Notify]:
    """Yield what is notified until the time is over. Raises psycopg.OperationalError when the connection breaks.

    The thread sleeps meanwhile: psycopg's own wait wakes it ten times a second.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    deadline = time.monotonic() + seconds
    while True:
        yield from connection.notifies(timeout=0)
        left = deadline - time.monotonic()
        if left <= 0:
            return
        waiting.poll(left * 1000)
