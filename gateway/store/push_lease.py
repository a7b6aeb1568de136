"""Which run of functions/pushes pushes events to WebSocket connections: one at a time, while its lease holds."""

from __future__ import annotations

from uuid import UUID

from gateway.store.database import Connection


def take(connection: Connection, holder: UUID, seconds: float) -> bool:
    """Take the lease, or hold it for longer. Return False while another run has it."""
    return bool(
        connection.execute(
            "UPDATE gateway.push_lease SET holder = %(holder)s, expires_at = now() + make_interval(secs => %(seconds)s)"
            " WHERE holder = %(holder)s OR expires_at < now()",
            {"holder": holder, "seconds": seconds},
        ).rowcount
    )


def release(connection: Connection, holder: UUID) -> None:
    """Give the lease back, if this run still has it."""
    connection.execute(
        "UPDATE gateway.push_lease SET holder = NULL, expires_at = '-infinity' WHERE holder = %s", [holder]
    )


def is_free(connection: Connection) -> bool:
    """Return whether no run has it."""
    return connection.execute("SELECT FROM gateway.push_lease WHERE expires_at >= now()").fetchone() is None
