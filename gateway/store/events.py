"""The event log: one gap-tolerant sequence a session, numbered under the session's row lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway import correlation
from gateway.domain.events import EventType
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Event:
    """`seq` grows within its session; numbers may be missing, never reused or filled in later."""

    seq: int
    type: str
    data: dict[str, Any]
    created_at: datetime


def emit(connection: Connection, session_id: UUID, kind: EventType, data: dict[str, Any]) -> int:
    """Append an event and answer its `seq`; takes the session's row lock, so readers never see a number late."""
    row = connection.execute(
        """
        WITH numbered AS (
            UPDATE gateway.whatsapp_sessions SET event_seq = event_seq + 1 WHERE id = %(session)s
            RETURNING event_seq
        )
        INSERT INTO gateway.events (session_id, seq, type, data, correlation_id)
        SELECT %(session)s, event_seq, %(type)s, %(data)s, %(correlation)s FROM numbered RETURNING seq
        """,
        {"session": session_id, "type": kind, "data": Jsonb(data), "correlation": correlation.current()},
    ).fetchone()
    if row is None:
        raise LookupError("events belong to a session")
    return int(row["seq"])


def after(connection: Connection, session_id: UUID, seq: int, limit: int) -> list[Event]:
    """Events with a greater `seq`, oldest first."""
    with connection.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(
            "SELECT seq, type, data, created_at FROM gateway.events"
            " WHERE session_id = %s AND seq > %s ORDER BY seq LIMIT %s",
            [session_id, seq, limit],
        ).fetchall()
