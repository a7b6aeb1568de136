"""Who listens for events: only while somebody does, those who write events announce them by NOTIFY."""

from __future__ import annotations

from uuid import UUID

from gateway.store.database import Connection

# On which events are announced at commit; the payload is the transaction id that readers have to get beyond.
CHANNEL = "gateway_event"

# An expression for the RETURNING of a statement that has set `event_xid`.
ANNOUNCED = f"""(SELECT pg_notify('{CHANNEL}', event_xid::text)
    FROM gateway.event_listeners WHERE expires_at > now() LIMIT 1)"""  # noqa: S608


def announce(connection: Connection, listener_id: UUID, seconds: float) -> None:
    """Have events announced for so long."""
    connection.execute(
        "INSERT INTO gateway.event_listeners (id, expires_at) VALUES (%s, now() + make_interval(secs => %s))"
        " ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
        [listener_id, seconds],
    )


def withdraw(connection: Connection, listener_id: UUID) -> None:
    """Need no more announcements; forget also who did not say so and has ended."""
    connection.execute("DELETE FROM gateway.event_listeners WHERE id = %s OR expires_at < now()", [listener_id])
