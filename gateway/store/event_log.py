"""The log over all sessions, for readers that follow it by a cursor: nothing that was committed is ever skipped.

Transactions commit in another order than they begin. So an event carries the id of its transaction (`xid`, never less
than that of its session's event before), readers go by (xid, session, seq), and only as far as below the oldest
transaction that is still open: whatever commits later stands behind them. One that stays open holds all readers up.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from gateway.domain.access import Reach
from gateway.domain.errors import CursorExpired, InvalidInput
from gateway.domain.events import EventType
from gateway.store.database import Connection
from gateway.store.reach import parameters, within

_PACKED = struct.Struct(">Q16sq")
_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log: behind this event, or before all of the transaction where the rest is zero."""

    xid: int
    session_id: UUID = _BEFORE_ALL
    seq: int = 0

    def __str__(self) -> str:
        """Return the cursor: opaque and of one length; its order as text says nothing."""
        packed = _PACKED.pack(self.xid, self.session_id.bytes, self.seq)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    @classmethod
    def parse(cls, cursor: str, field: str = "after") -> Self:
        """Return the position of a cursor. Raises InvalidInput, naming the field in which it came."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            xid, session_id, seq = _PACKED.unpack(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (struct.error, binascii.Error, UnicodeError):
            raise InvalidInput(
                field, "Use `earliest`, `latest`, an event's `id` or `nextCursor` of an answer, unchanged."
            ) from None
        return cls(xid, UUID(bytes=session_id), seq)


EARLIEST = Position(0)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in the log; `is_active` is false where its session was deleted since."""

    position: Position
    type: str
    data: dict[str, Any]
    created_at: datetime
    user_profile_id: UUID
    is_active: bool

    @property
    def seq(self) -> int:
        """Its number in the log of its session."""
        return self.position.seq

    @property
    def message_id(self) -> UUID | None:
        """Our id of the message that it is about, as far as its session is still there."""
        found = self.data.get("id") if self.type.startswith("message.") and self.is_active else None
        return UUID(found) if found else None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events within its reach a reader wants; None: of every type, of every session."""

    types: Collection[EventType] | None = None
    session_ids: Collection[UUID] | None = None


EVERY_EVENT = EventFilter()


def require_kept(connection: Connection, position: Position) -> None:
    """Raise CursorExpired where events behind a position were deleted for their age, or it is of another database."""
    read(connection, Reach(session_ids=frozenset()), position, 1)


def latest(connection: Connection) -> Position:
    """Return the position behind everything that can be read now."""
    row = connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS below").fetchone()
    assert row is not None  # noqa: S101 - a function call has a row
    return Position(int(row["below"]))


def read(
    connection: Connection, reach: Reach, after: Position, limit: int, only: EventFilter = EVERY_EVENT
) -> tuple[list[LoggedEvent], Position]:
    """Return up to `limit` events behind a position, and the position to go on from.

    Where there are fewer, that one is behind everything that was looked at, wanted or not. Raises CursorExpired where
    events behind `after` were deleted for their age, and for a position of another database.
    """
    rows = connection.execute(
        f"""
        WITH bounds AS (
            SELECT pg_snapshot_xmin(pg_current_snapshot()) AS below, pg_snapshot_xmax(pg_current_snapshot()) AS above,
                (SELECT xid FROM gateway.event_horizon) AS horizon
        )
        SELECT b.below::text, b.above::text, b.horizon::text, found.* FROM bounds b LEFT JOIN LATERAL (
            SELECT e.xid::text AS xid, e.session_id, e.seq, e.type, e.data, e.created_at, s.user_profile_id, s.is_active
            FROM gateway.events e JOIN gateway.whatsapp_sessions s ON s.id = e.session_id
            WHERE e.xid < b.below AND (e.xid, e.session_id, e.seq) > (%(xid)s::text::xid8, %(session)s, %(seq)s)
                AND {within(reach)} {_conditions(only)}
            ORDER BY e.xid, e.session_id, e.seq LIMIT %(limit)s
        ) found ON true
        """,  # noqa: S608
        {
            **parameters(reach),
            "xid": str(after.xid),
            "session": after.session_id,
            "seq": after.seq,
            "types": None if only.types is None else list(only.types),
            "sessions": None if only.session_ids is None else list(only.session_ids),
            "limit": limit,
        },
    ).fetchall()
    below, above, horizon = (int(rows[0][name]) for name in ("below", "above", "horizon"))
    if after != EARLIEST and not horizon < after.xid <= above:
        raise CursorExpired
    events = [logged_event(row) for row in rows if row["xid"] is not None]
    # A position from the log of a session may be ahead: that log waits for no other session's transactions.
    return events, events[-1].position if len(events) == limit else max(after, Position(below))


def by_keys(connection: Connection, keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], LoggedEvent]:
    """Return events by their sessions and numbers; those that are not kept any more are missing."""
    rows = connection.execute(
        """
        SELECT e.xid::text AS xid, e.session_id, e.seq, e.type, e.data, e.created_at, s.user_profile_id, s.is_active
        FROM unnest(%s::uuid[], %s::bigint[]) AS wanted (session_id, seq)
        JOIN gateway.events e USING (session_id, seq) JOIN gateway.whatsapp_sessions s ON s.id = e.session_id
        """,
        [[session_id for session_id, _ in keys], [seq for _, seq in keys]],
    ).fetchall()
    return {(row["session_id"], row["seq"]): logged_event(row) for row in rows}


def _conditions(only: EventFilter) -> str:
    types = " AND e.type = ANY(%(types)s)" if only.types is not None else ""
    return types + (" AND e.session_id = ANY(%(sessions)s)" if only.session_ids is not None else "")


def logged_event(row: dict[str, Any]) -> LoggedEvent:
    """Return the event of a row of `events` with its session's user and whether that is active."""
    position = Position(int(row["xid"]), row["session_id"], row["seq"])
    return LoggedEvent(position, row["type"], row["data"], row["created_at"], row["user_profile_id"], row["is_active"])
