"""What `gateway doctor` reads from the database."""

from __future__ import annotations

from gateway.store.database import Connection
from gateway.store.sessions import WITHOUT_OWNER

# A worker's heartbeat comes every few seconds.
_HEARTBEAT_SECONDS = 60
_OVERDUE_SECONDS = 60


def live_workers(connection: Connection) -> int:
    """Count the connector's workers that had a heartbeat within the last minute."""
    return _count(
        connection,
        f"FROM gateway.workers WHERE heartbeat_at > clock_timestamp() - interval '{_HEARTBEAT_SECONDS} seconds'",
    )


def sessions_without_owner(connection: Connection) -> int:
    """Count the sessions that should be connected and have no owner."""
    return _count(connection, f"FROM gateway.whatsapp_sessions s WHERE {WITHOUT_OWNER}")


def overdue_commands(connection: Connection) -> int:
    """Count the commands of connected sessions that have been queued for more than a minute."""
    return _count(
        connection,
        f"""
        FROM gateway.commands c JOIN gateway.whatsapp_sessions s ON s.id = c.session_id
        WHERE c.status = 'queued' AND s.connection_status = 'connected'
          AND greatest(c.created_at, c.not_before) < clock_timestamp() - interval '{_OVERDUE_SECONDS} seconds'
        """,
    )


def events_set_aside(connection: Connection) -> int:
    """Count the received events that could not be processed."""
    return _count(connection, "FROM gateway.inbox WHERE error IS NOT NULL")


def sessions_without_credentials(connection: Connection) -> list[str]:
    """Return the names of linked sessions whose device is not in whatsmeow's store.

    Raises psycopg.errors.InsufficientPrivilege for a role that may not read that.
    """
    if not _count(connection, "FROM pg_catalog.pg_class WHERE oid = to_regclass('whatsmeow.whatsmeow_device')"):
        return []
    rows = connection.execute(
        "SELECT s.session_name FROM gateway.whatsapp_sessions s WHERE s.is_active AND s.device_jid IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM whatsmeow.whatsmeow_device d WHERE d.jid = s.device_jid) ORDER BY s.id"
    ).fetchall()
    return [row["session_name"] for row in rows]


def _count(connection: Connection, rows: str) -> int:
    found = connection.execute(f"SELECT count(*) AS n {rows}").fetchone()
    return int(found["n"]) if found else 0
