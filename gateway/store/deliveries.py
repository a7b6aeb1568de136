"""What is to be sent, and was sent, to webhooks: a row an event and webhook, with its attempts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.errors import NotFound
from gateway.domain.webhooks import DeliveryStatus, Notice
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.event_log import LoggedEvent
from gateway.store.ids import new_id


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for a webhook; one about no session has `data`, the others are rendered from the log when sent."""

    id: UUID
    webhook_id: UUID
    event_id: str
    type: str
    session_id: UUID | None
    seq: int | None
    data: dict[str, Any] | None
    lane: UUID
    status: str
    attempts: int
    tries: int
    due_since: datetime
    next_attempt_at: datetime
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: `status` is HTTP's, None where there was no answer; `answer` is the beginning of its body."""

    delivery_id: UUID
    number: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int
    answer: str | None


COLUMNS = columns_of(Delivery, "d")


def add(connection: Connection, wanted: Sequence[tuple[UUID, LoggedEvent]], *, again: bool = False) -> int:
    """Write down events for webhooks, and return how many there are of them.

    One that is there already stays as it is; where `again` it is sent once more, if it is not open anyway.
    """
    conflict = (
        """DO UPDATE SET status = 'pending', lane = EXCLUDED.lane, tries = 0, due_since = now(),
            next_attempt_at = now(), ended_at = NULL WHERE webhook_deliveries.status <> 'pending'"""
        if again
        else "DO NOTHING"
    )
    return connection.execute(
        f"""
        INSERT INTO gateway.webhook_deliveries (id, webhook_id, event_id, type, session_id, seq, lane)
        SELECT id, webhook_id, event_id, type, session_id, seq, session_id
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::bigint[])
            AS new (id, webhook_id, event_id, type, session_id, seq)
        ON CONFLICT (webhook_id, session_id, seq) {conflict}
        """,  # noqa: S608
        [
            [new_id() for _ in wanted],
            [webhook_id for webhook_id, _ in wanted],
            [str(event.position) for _, event in wanted],
            [event.type for _, event in wanted],
            [event.position.session_id for _, event in wanted],
            [event.position.seq for _, event in wanted],
        ],
    ).rowcount


def add_notice(connection: Connection, webhook_id: UUID, kind: Notice, data: dict[str, Any]) -> UUID:
    """Write down an event about no session; return the delivery's id."""
    delivery_id = new_id()
    connection.execute(
        "INSERT INTO gateway.webhook_deliveries (id, webhook_id, event_id, type, data, lane)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [delivery_id, webhook_id, secrets.token_urlsafe(24), kind, Jsonb(data), delivery_id],
    )
    return delivery_id


def tell_others(connection: Connection, about: UUID, kind: Notice, data: dict[str, Any]) -> list[UUID]:
    """Write down an event about a webhook for those whose reach holds its own; return them."""
    rows = connection.execute(
        """
        SELECT o.id FROM gateway.webhooks o JOIN gateway.webhooks w ON w.id = %(about)s AND w.id <> o.id
        WHERE o.status = 'active' AND o.deleted_at IS NULL AND (o.types IS NULL OR %(type)s = ANY(o.types))
            AND (o.user_profile_id IS NULL OR o.user_profile_id = w.user_profile_id)
            AND (o.session_ids IS NULL OR w.session_ids <@ o.session_ids)
            AND (o.user_profile_ids IS NULL OR w.user_profile_id = ANY(o.user_profile_ids))
        """,
        {"about": about, "type": kind},
    ).fetchall()
    for row in rows:
        add_notice(connection, row["id"], kind, {"webhookId": str(about), **data})
    return [row["id"] for row in rows]


def page(
    connection: Connection, webhook_id: UUID, status: DeliveryStatus | None, before: UUID | None, limit: int
) -> list[Delivery]:
    """Return a webhook's deliveries, newest first, older than `before`."""
    return select(
        connection,
        "d.webhook_id = %(webhook)s AND (%(status)s::text IS NULL OR d.status = %(status)s)"
        " AND (%(before)s::uuid IS NULL OR d.id < %(before)s) ORDER BY d.id DESC LIMIT %(limit)s",
        {"webhook": webhook_id, "status": status, "before": before, "limit": limit},
    )


def get(connection: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery of a webhook. Raises NotFound."""
    found = select(
        connection, "d.webhook_id = %(webhook)s AND d.id = %(id)s", {"webhook": webhook_id, "id": delivery_id}
    )
    if not found:
        raise NotFound("delivery")
    return found[0]


def redeliver(connection: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Have a delivery sent at once, whatever became of it, and by itself: it waits for none of its session.

    Raises NotFound.
    """
    connection.execute(
        "UPDATE gateway.webhook_deliveries SET status = 'pending', lane = id, tries = 0, due_since = now(),"
        " next_attempt_at = now(), ended_at = NULL WHERE webhook_id = %s AND id = %s",
        [webhook_id, delivery_id],
    )
    return get(connection, webhook_id, delivery_id)


def attempts_of(connection: Connection, delivery_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """Return the attempts of deliveries, oldest first."""
    found: dict[UUID, list[Attempt]] = {delivery_id: [] for delivery_id in delivery_ids}
    with connection.cursor(row_factory=class_row(Attempt)) as cursor:
        for attempt in cursor.execute(
            f"SELECT {columns_of(Attempt)} FROM gateway.webhook_attempts"  # noqa: S608
            " WHERE delivery_id = ANY(%s) ORDER BY delivery_id, number",
            [list(delivery_ids)],
        ):
            found[attempt.delivery_id].append(attempt)
    return found


def select(connection: Connection, where: str, values: dict[str, Any]) -> list[Delivery]:
    """Return the deliveries `d` under a condition."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(f"SELECT {COLUMNS} FROM gateway.webhook_deliveries d WHERE {where}", values).fetchall()  # noqa: S608
