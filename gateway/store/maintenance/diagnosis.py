"""What `gateway doctor` asks the database."""

from __future__ import annotations

from gateway.store.database import Connection

# A worker says that it lives every few seconds.
_HEARTBEAT_SECONDS = 60
_OVERDUE_SECONDS = 60


def live_workers(connection: Connection) -> int:
    """Connector workers heard of within the last minute."""
    return _count(
        connection,
        f"FROM gateway.workers WHERE heartbeat_at > clock_timestamp() - interval '{_HEARTBEAT_SECONDS} seconds'",
    )


def sessions_without_owner(connection: Connection) -> int:
    """Sessions that should be connected, and that nobody runs."""
    return _count(
        connection,
        """
        FROM gateway.whatsapp_sessions s WHERE s.is_active AND s.desired_state = 'connected' AND NOT EXISTS (
            SELECT FROM gateway.shard_leases l
            WHERE l.shard = s.shard AND l.owner IS NOT NULL AND l.expires_at > clock_timestamp())
        """,
    )


def overdue_commands(connection: Connection) -> int:
    """Commands of connected sessions that have been waiting for a minute."""
    return _count(
        connection,
        f"""
        FROM gateway.commands c JOIN gateway.whatsapp_sessions s ON s.id = c.session_id
        WHERE c.status = 'queued' AND s.connection_status = 'connected'
          AND c.created_at < clock_timestamp() - interval '{_OVERDUE_SECONDS} seconds'
        """,
    )


def sessions_without_credentials(connection: Connection) -> list[str]:
    """Names of linked sessions whose device whatsmeow's store does not know.

    Raises psycopg.errors.InsufficientPrivilege for a role that may not look there.
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
