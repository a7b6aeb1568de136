"""Sending to a webhook: one run at a time claims it, takes what is due in the order of each session, records outcomes.

A run that is killed has sent what it has not recorded: the next one, once the claim is over, sends it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.webhooks import (
    GONE,
    HOLDS_UP_TRIES,
    LONGEST,
    TRIPPED_FAILURES,
    Notice,
    PauseReason,
    pause_after,
    rest_after,
)
from gateway.store import deliveries, webhooks
from gateway.store.database import Connection
from gateway.store.deliveries import COLUMNS, Delivery
from gateway.store.webhooks import Webhook

# The first of each lane: the lanes are found one after the other in the index, however long they are.
_HEADS: LiteralString = """
    WITH RECURSIVE heads AS (
        (SELECT lane, next_attempt_at, tries FROM gateway.webhook_deliveries
         WHERE webhook_id = %(webhook)s AND status = 'pending' ORDER BY lane, seq LIMIT 1)
        UNION ALL
        SELECT next.* FROM heads CROSS JOIN LATERAL (
            SELECT d.lane, d.next_attempt_at, d.tries FROM gateway.webhook_deliveries d
            WHERE d.webhook_id = %(webhook)s AND d.status = 'pending' AND d.lane > heads.lane
            ORDER BY d.lane, d.seq LIMIT 1
        ) next
    )
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one request; `retry_after` is in seconds, where the endpoint said it."""

    delivery: Delivery
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int
    answer: str | None = None
    retry_after: float | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Recorded:
    """What outcomes led to: `paused`, and whom to tell of it; how many deliveries were given up."""

    paused: PauseReason | None = None
    told: Sequence[UUID] = ()
    given_up: int = 0


def claim(connection: Connection, webhook_id: UUID, run: UUID, seconds: float) -> Webhook | None:
    """Make the webhook this run's for so long; None where it is another's, rests, is paused or deleted.

    Called again by the same run it prolongs the claim.
    """
    claimed = connection.execute(
        """
        UPDATE gateway.webhooks SET claim = %(run)s, claimed_until = clock_timestamp() + make_interval(secs => %(secs)s)
        WHERE id = %(id)s AND status = 'active' AND deleted_at IS NULL
            AND (claim = %(run)s OR claimed_until IS NULL OR claimed_until < clock_timestamp())
            AND (rests_until IS NULL OR rests_until <= clock_timestamp())
        """,
        {"id": webhook_id, "run": run, "secs": seconds},
    )
    if not claimed.rowcount:
        return None
    return webhooks.select(connection, "w.id = %(id)s", {"id": webhook_id})[0]


def release(connection: Connection, webhook_id: UUID, run: UUID) -> None:
    """Give the webhook back."""
    connection.execute(
        "UPDATE gateway.webhooks SET claim = NULL, claimed_until = NULL WHERE id = %s AND claim = %s", [webhook_id, run]
    )


def due(connection: Connection, webhook: Webhook, lanes: int, length: int) -> list[list[Delivery]]:
    """Return what is to be sent now: of so many lanes up to so many each, which go one after the other.

    An endpoint that failed often is tried with one event, of the session that was tried least.
    """
    if webhook.failures >= TRIPPED_FAILURES:
        lanes = length = 1
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        found = cursor.execute(
            f"""
            {_HEADS}
            SELECT {COLUMNS} FROM (
                SELECT lane, tries, next_attempt_at FROM heads WHERE next_attempt_at <= clock_timestamp()
                ORDER BY tries, next_attempt_at LIMIT %(lanes)s
            ) ready CROSS JOIN LATERAL (
                SELECT * FROM gateway.webhook_deliveries
                WHERE webhook_id = %(webhook)s AND status = 'pending' AND lane = ready.lane
                ORDER BY seq LIMIT %(length)s
            ) d ORDER BY ready.tries, ready.next_attempt_at, d.lane, d.seq
            """,  # noqa: S608
            {"webhook": webhook.id, "lanes": lanes, "length": length},
        ).fetchall()
    grouped: dict[UUID, list[Delivery]] = {}
    for delivery in found:
        grouped.setdefault(delivery.lane, []).append(delivery)
    return list(grouped.values())


def next_due(connection: Connection, webhook_id: UUID) -> float | None:
    """Return in how many seconds something is due, 0 where it is; None where nothing is open, or it is paused."""
    row = connection.execute(
        f"""
        {_HEADS}
        SELECT extract(epoch FROM greatest(min(heads.next_attempt_at), w.rests_until) - clock_timestamp()) AS seconds
        FROM heads CROSS JOIN gateway.webhooks w
        WHERE w.id = %(webhook)s AND w.status = 'active' AND w.deleted_at IS NULL GROUP BY w.rests_until
        """,  # noqa: S608
        {"webhook": webhook_id},
    ).fetchone()
    return max(float(row["seconds"]), 0.0) if row else None


def expect_doorbell(connection: Connection, webhook_id: UUID, seconds: float) -> bool:
    """Return whether to send a doorbell for that moment: False where one for it, or before it, is on its way."""
    return bool(
        connection.execute(
            """
            UPDATE gateway.webhooks SET rung_for = clock_timestamp() + make_interval(secs => %(seconds)s)
            WHERE id = %(id)s AND (rung_for IS NULL OR rung_for <= clock_timestamp()
                OR rung_for > clock_timestamp() + make_interval(secs => %(seconds)s))
            """,
            {"id": webhook_id, "seconds": seconds},
        ).rowcount
    )


def record(connection: Connection, webhook_id: UUID, outcomes: Sequence[Outcome]) -> Recorded:
    """Write down what came of requests, and what it means for the webhook; `outcomes` are in the order of time."""
    [webhook] = webhooks.select(connection, "w.id = %(id)s FOR NO KEY UPDATE", {"id": webhook_id})
    _record_attempts(connection, outcomes)
    accepted = [outcome.delivery.id for outcome in outcomes if outcome.is_accepted]
    connection.execute(
        "UPDATE gateway.webhook_deliveries SET status = 'delivered', attempts = attempts + 1, tries = tries + 1,"
        " ended_at = clock_timestamp() WHERE id = ANY(%s)",
        [accepted],
    )
    failed = [outcome for outcome in outcomes if not outcome.is_accepted]
    given_up = sum(_fail(connection, outcome) for outcome in failed)
    reason = _record_health(connection, webhook, outcomes)
    return replace(pause(connection, webhook_id, reason) if reason else Recorded(), given_up=given_up)


def pause(connection: Connection, webhook_id: UUID, reason: PauseReason) -> Recorded:
    """Pause a webhook, unless somebody did before, and tell the others of its reach."""
    if not webhooks.pause(connection, webhook_id, reason):
        return Recorded()
    return Recorded(reason, deliveries.tell_others(connection, webhook_id, Notice.PAUSED, {"reason": reason.value}))


def drop(connection: Connection, delivery_ids: Sequence[UUID]) -> None:
    """Give up deliveries of events that were deleted with their session, or for their age."""
    if delivery_ids:
        connection.execute(
            "UPDATE gateway.webhook_deliveries SET status = 'failed', ended_at = clock_timestamp() WHERE id = ANY(%s)",
            [list(delivery_ids)],
        )


def overdue(connection: Connection, seconds: float, limit: int) -> list[UUID]:
    """Return webhooks whose doorbell may have been lost: something is long due, and no run has them."""
    rows = connection.execute(
        """
        SELECT w.id FROM gateway.webhooks w
        WHERE w.status = 'active' AND w.deleted_at IS NULL AND (w.rests_until IS NULL OR w.rests_until < now())
            AND (w.claimed_until IS NULL OR w.claimed_until < clock_timestamp())
            AND EXISTS (SELECT FROM gateway.webhook_deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending'
                AND d.next_attempt_at < clock_timestamp() - make_interval(secs => %s))
        LIMIT %s
        """,
        [seconds, limit],
    ).fetchall()
    return [row["id"] for row in rows]


def _record_attempts(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    connection.execute(
        """
        INSERT INTO gateway.webhook_attempts (delivery_id, number, at, status, error, duration_ms, answer)
        SELECT d.id, d.attempts + 1, new.at, new.status, new.error, new.duration_ms, new.answer
        FROM unnest(%s::uuid[], %s::timestamptz[], %s::integer[], %s::text[], %s::integer[], %s::text[])
            AS new (id, at, status, error, duration_ms, answer)
        JOIN gateway.webhook_deliveries d USING (id)
        ON CONFLICT DO NOTHING
        """,
        [
            [outcome.delivery.id for outcome in outcomes],
            [outcome.at for outcome in outcomes],
            [outcome.status for outcome in outcomes],
            [outcome.error for outcome in outcomes],
            [outcome.duration_ms for outcome in outcomes],
            [outcome.answer for outcome in outcomes],
        ],
    )


def _fail(connection: Connection, outcome: Outcome) -> bool:
    """Have it sent again later, or give it up; return whether it was given up."""
    delivery, tries = outcome.delivery, outcome.delivery.tries + 1
    gives_up = outcome.at - delivery.due_since >= LONGEST
    connection.execute(
        """
        UPDATE gateway.webhook_deliveries SET attempts = attempts + 1, tries = %(tries)s,
            status = CASE WHEN %(gives_up)s THEN 'failed' ELSE status END,
            ended_at = CASE WHEN %(gives_up)s THEN clock_timestamp() END,
            lane = CASE WHEN %(alone)s THEN id ELSE lane END,
            next_attempt_at = clock_timestamp() + make_interval(secs => %(pause)s)
        WHERE id = %(id)s AND status = 'pending'
        """,
        {
            "id": delivery.id,
            "tries": tries,
            "gives_up": gives_up,
            "alone": tries >= HOLDS_UP_TRIES,
            "pause": pause_after(tries, outcome.retry_after),
        },
    )
    return gives_up


def _record_health(connection: Connection, webhook: Webhook, outcomes: Sequence[Outcome]) -> PauseReason | None:
    """Count failures in a row, and let the endpoint rest after many; return why it is to be paused, if it is."""
    failures, since, rest = webhook.failures, webhook.failing_since, 0.0
    for outcome in outcomes:
        if outcome.is_accepted:
            failures, since, rest = 0, None, 0.0
        else:
            failures, since = failures + 1, since or outcome.at
            rest = rest_after(failures, outcome.status, outcome.retry_after)
    accepted = [outcome.at for outcome in outcomes if outcome.is_accepted]
    connection.execute(
        """
        UPDATE gateway.webhooks SET failures = %(failures)s, failing_since = %(since)s,
            rests_until = CASE WHEN %(rest)s > 0 THEN clock_timestamp() + make_interval(secs => %(rest)s) END,
            last_success_at = coalesce(%(accepted)s, last_success_at)
        WHERE id = %(id)s
        """,
        {
            "id": webhook.id,
            "failures": failures,
            "since": since,
            "rest": rest,
            "accepted": accepted[-1] if accepted else None,
        },
    )
    if webhook.failures >= TRIPPED_FAILURES and not failures:
        _send_at_once(connection, webhook.id)
    if any(outcome.status == GONE for outcome in outcomes):
        return PauseReason.GONE
    return PauseReason.FAILING if since and outcomes[-1].at - since >= LONGEST else None


def _send_at_once(connection: Connection, webhook_id: UUID) -> None:
    """The endpoint works again: what waits for its next attempt only because it did not is due."""
    connection.execute(
        "UPDATE gateway.webhook_deliveries SET next_attempt_at = clock_timestamp()"
        " WHERE webhook_id = %s AND status = 'pending' AND next_attempt_at > clock_timestamp()",
        [webhook_id],
    )
