"""The inbox: received events as WhatsApp's client delivered them, stored before anything is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.store.columns import columns_of
from gateway.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Received:
    """A raw event; `id` gives the order in which the session received it."""

    id: int
    device_jid: str | None
    kind: str
    payload: bytes


def append(database: Database, session_id: UUID, device_jid: str | None, kind: str, payload: bytes) -> None:
    """Store an event; unfenced, because that it was received is true whoever received it."""
    database.execute(
        "INSERT INTO gateway.inbox (session_id, device_jid, kind, payload) VALUES (%s, %s, %s, %s)",
        [session_id, device_jid, kind, payload],
    )


def pop_oldest(connection: Connection, session_id: UUID, limit: int) -> list[Received]:
    """Delete the oldest unprocessed events and return them, oldest first; their effect belongs in the same transaction.

    The caller holds the session's fence.
    """
    with connection.cursor(row_factory=class_row(Received)) as cursor:
        return cursor.execute(
            f"""
            WITH popped AS (
                DELETE FROM gateway.inbox WHERE id IN (
                    SELECT id FROM gateway.inbox WHERE session_id = %s AND error IS NULL ORDER BY id LIMIT %s)
                RETURNING {columns_of(Received)}
            )
            SELECT * FROM popped ORDER BY id
            """,  # noqa: S608
            [session_id, limit],
        ).fetchall()


def set_oldest_aside(connection: Connection, session_id: UUID, error: str) -> str | None:
    """Leave the next event unprocessed, for people to examine. Return its kind; None when the inbox is empty.

    `error` names the type of what went wrong, never contents. The caller holds the session's fence.
    """
    row = connection.execute(
        """
        UPDATE gateway.inbox SET error = %s WHERE id = (
            SELECT min(id) FROM gateway.inbox WHERE session_id = %s AND error IS NULL)
        RETURNING kind
        """,
        [error, session_id],
    ).fetchone()
    return row["kind"] if row else None


def newest(connection: Connection, session_id: UUID) -> int:
    """Return the id of the newest unprocessed event; 0 when there is none."""
    row = connection.execute(
        "SELECT coalesce(max(id), 0) AS id FROM gateway.inbox WHERE session_id = %s AND error IS NULL", [session_id]
    ).fetchone()
    return int(row["id"]) if row else 0


def is_processed(connection: Connection, session_id: UUID, until: int) -> bool:
    """Return whether every event up to this id has been processed or set aside."""
    row = connection.execute(
        "SELECT FROM gateway.inbox WHERE session_id = %s AND error IS NULL AND id <= %s LIMIT 1", [session_id, until]
    ).fetchone()
    return row is None
