"""From the log to deliveries: each event is written down for every webhook that wants it, and the cursor moves with it.

Both are one transaction, and one dispatcher at a time holds the cursor: killed anywhere, the next one begins where the
last one ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.domain.access import EVERYTHING
from gateway.domain.errors import CursorExpired
from gateway.store import deliveries, event_log, webhooks
from gateway.store.database import Connection
from gateway.store.event_log import EARLIEST, LoggedEvent, Position
from gateway.store.webhooks import Listener


@dataclass(frozen=True, slots=True)
class Dispatched:
    """Which webhooks have something to be sent; `is_behind`: there are more events, `waits`: more can be read soon."""

    webhook_ids: frozenset[UUID]
    events: int = 0
    is_behind: bool = False
    waits: bool = False


NOTHING = Dispatched(frozenset())


def dispatch(connection: Connection, limit: int) -> Dispatched:
    """Write down the deliveries of up to so many events; wait while another dispatcher does."""
    position = _lock_cursor(connection)
    since = webhooks.listening_since(connection)
    if since is None:
        return NOTHING
    found, end = _read(connection, max(position, Position(since)), limit)
    # Read after the log: who began to listen before the last of these events is among them.
    listeners = webhooks.listeners(connection)
    wanted = [(listener.id, event) for event in found for listener in listeners if _wants(listener, event)]
    if wanted:
        deliveries.add(connection, wanted)
    connection.execute(
        "UPDATE gateway.webhook_cursor SET xid = %s::text::xid8, session_id = %s, seq = %s",
        [str(end.xid), end.session_id, end.seq],
    )
    waits = len(found) < limit and _waits(connection, end)
    return Dispatched(frozenset(webhook_id for webhook_id, _ in wanted), len(found), len(found) == limit, waits)


def is_behind(connection: Connection, seconds: float) -> bool:
    """Return whether somebody listens and an event has not been looked at for longer than that."""
    row = connection.execute(
        """
        SELECT EXISTS (
            SELECT FROM gateway.webhook_cursor c JOIN gateway.events e
                ON (e.xid, e.session_id, e.seq) > (c.xid, c.session_id, c.seq)
            WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot())
                AND e.xid >= (SELECT min(since::text::bigint)::text::xid8 FROM gateway.webhooks
                              WHERE status = 'active' AND deleted_at IS NULL)
                AND e.created_at < clock_timestamp() - make_interval(secs => %s)
        ) AS behind
        """,
        [seconds],
    ).fetchone()
    return bool(row and row["behind"])


def _lock_cursor(connection: Connection) -> Position:
    row = connection.execute(
        "SELECT xid::text AS xid, session_id, seq FROM gateway.webhook_cursor FOR NO KEY UPDATE"
    ).fetchone()
    assert row is not None  # noqa: S101 - made by the migration
    return Position(int(row["xid"]), row["session_id"], row["seq"])


def _read(connection: Connection, position: Position, limit: int) -> tuple[list[LoggedEvent], Position]:
    try:
        return event_log.read(connection, EVERYTHING, position, limit)
    except CursorExpired:
        return event_log.read(connection, EVERYTHING, EARLIEST, limit)


def _wants(listener: Listener, event: LoggedEvent) -> bool:
    return event.position.xid >= listener.since and listener.subscription.wants(
        event.type, event.position.session_id, event.user_profile_id
    )


def _waits(connection: Connection, end: Position) -> bool:
    """Return whether an event stands behind a transaction that is still open."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM gateway.events WHERE xid >= %s::text::xid8) AS waits", [str(end.xid)]
    ).fetchone()
    return bool(row and row["waits"])
