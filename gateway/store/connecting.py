"""How every connection to PostgreSQL is opened, in a pool or by itself: a dead one is noticed within seconds.

After a failover the old server may never answer, and TCP by itself repeats for 15 minutes what it wrote last.
whatsmeow's driver, lib/pq, has no such options: see infra/aws/connector.yaml.
"""

from __future__ import annotations

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
