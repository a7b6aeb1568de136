"""Received events as WhatsApp's client gave them, durable before anything looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Received:
    """A raw event; `id` gives the order in which the session received it."""

    id: int
    device_jid: str | None
    kind: str
    payload: bytes


def append(database: Database, session_id: UUID, device_jid: str | None, kind: str, payload: bytes) -> None:
    """Keep an event; unfenced, because that it was received is a fact whoever received it."""
    database.execute(
        "INSERT INTO gateway.inbox (session_id, device_jid, kind, payload) VALUES (%s, %s, %s, %s)",
        [session_id, device_jid, kind, payload],
    )


def pop_oldest(connection: Connection, session_id: UUID, limit: int) -> list[Received]:
    """Remove the oldest unprocessed events, oldest first: their effect is to be in the same transaction.

    The caller holds the session's fence.
    """
    with connection.cursor(row_factory=class_row(Received)) as cursor:
        return cursor.execute(
            """
            WITH taken AS (
                DELETE FROM gateway.inbox WHERE id IN (
                    SELECT id FROM gateway.inbox WHERE session_id = %s AND error IS NULL ORDER BY id LIMIT %s)
                RETURNING id, device_jid, kind, payload
            )
            SELECT * FROM taken ORDER BY id
            """,
            [session_id, limit],
        ).fetchall()


def set_oldest_aside(connection: Connection, session_id: UUID, error: str) -> str | None:
    """Keep the event that comes next, for people to look at; `error` names the type, never contents. Answers its kind.

    The caller holds the session's fence.
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
    """The last event that waits to be processed; 0 when none does."""
    row = connection.execute(
        "SELECT coalesce(max(id), 0) AS id FROM gateway.inbox WHERE session_id = %s AND error IS NULL", [session_id]
    ).fetchone()
    return int(row["id"]) if row else 0


def is_processed(connection: Connection, session_id: UUID, until: int) -> bool:
    """Whether every event up to this one has been processed or set aside."""
    row = connection.execute(
        "SELECT FROM gateway.inbox WHERE session_id = %s AND error IS NULL AND id <= %s LIMIT 1", [session_id, until]
    ).fetchone()
    return row is None
