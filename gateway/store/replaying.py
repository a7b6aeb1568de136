"""Sending a webhook the events of a stretch of the log once more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.store import deliveries, event_log
from gateway.store.database import Connection
from gateway.store.event_log import LoggedEvent, Position
from gateway.store.webhooks import Webhook

# So many events are looked at in one request.
_BATCH = 1000
_BATCHES = 10


@dataclass(frozen=True, slots=True)
class Stretch:
    """From behind `after` until `until`, both a place in the log or a time; None: to the end."""

    after: Position | datetime
    until: Position | datetime | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events will be sent; `next_after` is where to go on, None where nothing is left."""

    count: int
    next_after: Position | None


def replay(connection: Connection, webhook: Webhook, stretch: Stretch) -> Replayed:
    """Write down the deliveries, up to 10,000 events in one call. Raises CursorExpired."""
    position = _beginning(connection, stretch.after)
    count = 0
    for _ in range(_BATCHES):
        found, position = event_log.read(connection, webhook.reach, position, _BATCH)
        wanted = [(webhook.id, event) for event in found if _is_wanted(webhook, stretch, event)]
        count += deliveries.add(connection, wanted, again=True) if wanted else 0
        if len(found) < _BATCH or (isinstance(stretch.until, Position) and position >= stretch.until):
            return Replayed(count, None)
    return Replayed(count, position)


def _beginning(connection: Connection, after: Position | datetime) -> Position:
    if isinstance(after, Position):
        return after
    row = connection.execute(
        "SELECT min(xid::text::bigint) AS xid FROM gateway.events WHERE created_at > %s", [after]
    ).fetchone()
    return Position(row["xid"]) if row and row["xid"] is not None else event_log.latest(connection)


def _is_wanted(webhook: Webhook, stretch: Stretch, event: LoggedEvent) -> bool:
    after, until = stretch.after, stretch.until
    if isinstance(after, datetime) and event.created_at <= after:
        return False
    if isinstance(until, datetime) and event.created_at > until:
        return False
    if isinstance(until, Position) and event.position > until:
        return False
    return webhook.subscription.wants(event.type, event.position.session_id, event.user_profile_id)
