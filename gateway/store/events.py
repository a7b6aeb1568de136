"""The event log of a session: one gap-tolerant sequence, numbered under the session's row lock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway import correlation
from gateway.domain.events import EventType
from gateway.store.database import Connection
from gateway.store.event_listeners import ANNOUNCED
from gateway.store.event_log import LoggedEvent, logged_event

# The last CTEs of a statement that writes something and appends the events about it. Its CTE `new_events` has the
# `number` (from 1), `type` and `data` of each event; its parameters are `session` and `correlation`. Within a session
# `xid` never falls, whichever of two transactions began first: gateway.store.event_log reads by it.
_APPEND_EVENTS = f"""
    numbered AS (
        UPDATE gateway.whatsapp_sessions SET event_seq = event_seq + added.count,
            event_xid = greatest(event_xid, pg_current_xact_id()) {{also}}
        FROM (SELECT count(*) AS count FROM new_events) AS added
        WHERE whatsapp_sessions.id = %(session)s AND added.count > 0
        RETURNING event_seq - added.count AS last, event_xid AS xid, {ANNOUNCED} {{returned}}
    ), appended AS (
        INSERT INTO gateway.events (session_id, seq, xid, type, data, correlation_id)
        SELECT %(session)s, last + number, xid, type, data, %(correlation)s FROM numbered, new_events RETURNING seq
    )
"""  # noqa: S608
APPEND_EVENTS = _APPEND_EVENTS.format(also="", returned="")
# The same where a command is queued, too: gateway.store.commands.QUEUED. A statement can update a row only once.
APPEND_EVENTS_OF_COMMAND = _APPEND_EVENTS.format(
    also=", command_seq = command_seq + 1", returned=", command_seq, device_jid"
)


def emit(connection: Connection, session_id: UUID, kind: EventType, data: dict[str, Any]) -> None:
    """Append an event.

    Takes the session's row lock, so that no event becomes visible after one with a greater `seq`.
    """
    connection.execute(
        f"""
        WITH new_events AS (SELECT 1 AS number, %(type)s::text AS type, %(data)s::jsonb AS data), {APPEND_EVENTS}
        SELECT seq FROM appended
        """,  # noqa: S608
        {"session": session_id, "type": kind, "data": Jsonb(data), "correlation": correlation.current()},
    )


def after(connection: Connection, session_id: UUID, seq: int, limit: int) -> list[LoggedEvent]:
    """Return the events with a greater `seq`, oldest first."""
    rows = connection.execute(
        """
        SELECT e.xid::text AS xid, e.session_id, e.seq, e.type, e.data, e.created_at, s.user_profile_id, s.is_active
        FROM gateway.events e JOIN gateway.whatsapp_sessions s ON s.id = e.session_id
        WHERE e.session_id = %s AND e.seq > %s ORDER BY e.seq LIMIT %s
        """,
        [session_id, seq, limit],
    ).fetchall()
    return [logged_event(row) for row in rows]
