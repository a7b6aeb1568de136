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


# The last CTEs of a statement that does something and says so at once: its CTE `told` has the `number` (from 1), `type`
# and `data` of each event, its parameters are `session` and `correlation`.
ANNOUNCE = """
    numbered AS (
        UPDATE gateway.whatsapp_sessions SET event_seq = event_seq + added.count
        FROM (SELECT count(*) AS count FROM told) AS added
        WHERE whatsapp_sessions.id = %(session)s AND added.count > 0 RETURNING event_seq - added.count AS last
    ), announced AS (
        INSERT INTO gateway.events (session_id, seq, type, data, correlation_id)
        SELECT %(session)s, last + number, type, data, %(correlation)s FROM numbered, told RETURNING seq
    )
"""


def emit(connection: Connection, session_id: UUID, kind: EventType, data: dict[str, Any]) -> int:
    """Append an event and answer its `seq`; takes the session's row lock, so readers never see a number late."""
    row = connection.execute(
        f"""
        WITH told AS (SELECT 1 AS number, %(type)s::text AS type, %(data)s::jsonb AS data), {ANNOUNCE}
        SELECT seq FROM announced
        """,  # noqa: S608
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
