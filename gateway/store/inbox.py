"""The inbox: received events as WhatsApp's client delivered them, stored before anything is done with them.

They come by way of the spools of workers: gateway.store.spools.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.store.columns import columns_of
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Received:
    """A raw event; `id` gives the order in which the session received it, `received_at` is by our clock."""

    id: int
    device_jid: str | None
    kind: str
    payload: bytes
    received_at: datetime


def pop_oldest(connection: Connection, session_id: UUID, limit: int) -> Cursor[Received]:
    """Delete the oldest unprocessed events and ask for them, oldest first; their effect belongs in this transaction.

    The caller holds the session's fence.
    """
    return connection.cursor(row_factory=class_row(Received)).execute(
        f"""
        WITH popped AS (
            DELETE FROM gateway.inbox WHERE id IN (
                SELECT id FROM gateway.inbox WHERE session_id = %s AND error IS NULL ORDER BY id LIMIT %s)
            RETURNING {columns_of(Received)}
        )
        SELECT * FROM popped ORDER BY id
        """,  # noqa: S608
        [session_id, limit],
    )


def pop(connection: Connection, session_id: UUID, event_id: int) -> Cursor[Received]:
    """Delete one unprocessed event and ask for it; nothing when it is not there. As pop_oldest()."""
    return connection.cursor(row_factory=class_row(Received)).execute(
        f"DELETE FROM gateway.inbox WHERE id = %s AND session_id = %s AND error IS NULL"  # noqa: S608
        f" RETURNING {columns_of(Received)}",
        [event_id, session_id],
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """The `attempts`-th attempt to process an event."""

    id: int
    attempts: int


def begin_trial(connection: Connection, session_id: UUID) -> Trial | None:
    """Count an attempt to process the oldest unprocessed event, before it; None when there is none.

    The caller holds the session's fence, and commits this before it begins: the attempt may be the last of its process.
    """
    with connection.cursor(row_factory=class_row(Trial)) as cursor:
        return cursor.execute(
            """
            UPDATE gateway.inbox SET attempts = attempts + 1 WHERE id = (
                SELECT min(id) FROM gateway.inbox WHERE session_id = %s AND error IS NULL)
            RETURNING id, attempts
            """,
            [session_id],
        ).fetchone()


def set_aside(connection: Connection, event_id: int, error: str) -> Received | None:
    """Leave an event unprocessed until retry(), and return it; None when it is not there.

    `error` names the type of what went wrong, never contents. The caller holds the session's fence.
    """
    with connection.cursor(row_factory=class_row(Received)) as cursor:
        return cursor.execute(
            f"UPDATE gateway.inbox SET error = %s WHERE id = %s AND error IS NULL RETURNING {columns_of(Received)}",  # noqa: S608
            [error, event_id],
        ).fetchone()


@dataclass(frozen=True, slots=True)
class SetAside:
    """What may be told of an event that was set aside: never its contents."""

    id: int
    session_id: UUID
    kind: str
    error: str
    attempts: int
    received_at: datetime


def list_set_aside(connection: Connection, session_id: UUID | None, limit: int) -> list[SetAside]:
    """Return what was set aside, of one session or of all, oldest first."""
    with connection.cursor(row_factory=class_row(SetAside)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(SetAside)} FROM gateway.inbox"  # noqa: S608
            " WHERE error IS NOT NULL AND (%(session)s::uuid IS NULL OR session_id = %(session)s)"
            " ORDER BY id LIMIT %(limit)s",
            {"session": session_id, "limit": limit},
        ).fetchall()


def retry(connection: Connection, session_id: UUID | None) -> list[UUID]:
    """Put what was set aside back in its order, of one session or of all. Return the session of each event."""
    rows = connection.execute(
        "UPDATE gateway.inbox SET error = NULL, attempts = 0"
        " WHERE error IS NOT NULL AND (%(session)s::uuid IS NULL OR session_id = %(session)s) RETURNING session_id",
        {"session": session_id},
    ).fetchall()
    return [row["session_id"] for row in rows]


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
