"""Webhooks: whom to send which events; what reaches no further than a key is its own to see and change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.access import EVERYTHING, Reach
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.webhooks import PauseReason, Subscription, WebhookStatus
from gateway.store.columns import columns_of
from gateway.store.database import Connection

MOST = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """A row without its secrets; `user_profile_id` is whose sessions it sees, None: everybody's."""

    id: UUID
    user_profile_id: UUID | None
    url: str
    description: str | None
    types: list[str] | None
    session_ids: list[UUID] | None
    user_profile_ids: list[UUID] | None
    payload: str
    status: str
    paused_reason: str | None
    paused_at: datetime | None
    failures: int
    failing_since: datetime | None
    rests_until: datetime | None
    last_success_at: datetime | None
    dropped: int
    previous_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def subscription(self) -> Subscription:
        return Subscription(self.user_profile_id, self.types, self.session_ids, self.user_profile_ids)

    @property
    def reach(self) -> Reach:
        """Whose sessions it sees, before `user_profile_ids` limits them."""
        return Reach(self.user_profile_id, None if self.session_ids is None else frozenset(self.session_ids))


@dataclass(frozen=True, slots=True)
class Secrets:
    """The sealed secrets with which a webhook's deliveries are signed: the present one, and that of before."""

    secret: bytes
    previous_secret: bytes | None


@dataclass(frozen=True, slots=True)
class Listener:
    """A webhook that is active, which events it wants, and from which transaction on."""

    id: UUID
    subscription: Subscription
    since: int


COLUMNS = columns_of(Webhook, "w")
# Which webhooks somebody with a reach may see: none that sees more.
_VISIBLE: LiteralString = """w.deleted_at IS NULL
    AND (%(user)s::uuid IS NULL OR w.user_profile_id = %(user)s)
    AND (%(sessions)s::uuid[] IS NULL OR w.session_ids <@ %(sessions)s)"""


def create(connection: Connection, webhook_id: UUID, values: dict[str, Any], secret: bytes) -> Webhook:
    """Make a webhook; `values` are columns. Raises Conflict where its owner has too many."""
    values = {**values, "id": webhook_id, "secret": secret}
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('gateway.webhooks'))")
    counted = connection.execute(
        "SELECT count(*) AS count FROM gateway.webhooks"
        " WHERE deleted_at IS NULL AND user_profile_id IS NOT DISTINCT FROM %(user_profile_id)s",
        values,
    ).fetchone()
    if counted and counted["count"] >= MOST:
        raise Conflict("too_many_webhooks", f"There are {MOST} webhooks already: delete one.")
    columns = ", ".join(values)
    connection.execute(
        f"INSERT INTO gateway.webhooks ({columns}) VALUES ({', '.join(f'%({name})s' for name in values)})",  # noqa: S608
        values,
    )
    return get(connection, EVERYTHING, webhook_id)


def get(connection: Connection, reach: Reach, webhook_id: UUID) -> Webhook:
    """Return a webhook. Raises NotFound."""
    return _one(connection, reach, webhook_id)


def lock(connection: Connection, reach: Reach, webhook_id: UUID) -> Webhook:
    """Lock a webhook until the transaction ends, and return it. Raises NotFound."""
    return _one(connection, reach, webhook_id, " FOR NO KEY UPDATE")


def page(connection: Connection, reach: Reach, before: UUID | None, limit: int) -> list[Webhook]:
    """Return webhooks, newest first, older than `before`."""
    return select(
        connection,
        f"{_VISIBLE} AND (%(before)s::uuid IS NULL OR w.id < %(before)s) ORDER BY w.id DESC LIMIT %(limit)s",
        {**_visible(reach), "before": before, "limit": limit},
    )


def change(connection: Connection, webhook_id: UUID, values: dict[str, Any]) -> None:
    """Change columns of a webhook that is locked."""
    assignments = "".join(f"{name} = %({name})s, " for name in values)
    connection.execute(
        f"UPDATE gateway.webhooks SET {assignments} updated_at = now() WHERE id = %(id)s",  # noqa: S608
        {**values, "id": webhook_id},
    )


def pause(connection: Connection, webhook_id: UUID, reason: PauseReason) -> bool:
    """Send nothing more, and write down no more deliveries; those that are open wait. Return whether it was active."""
    paused = connection.execute(
        "UPDATE gateway.webhooks SET status = %s, paused_reason = %s, paused_at = now(), updated_at = now()"
        " WHERE id = %s AND status = 'active'",
        [WebhookStatus.PAUSED, reason, webhook_id],
    )
    return bool(paused.rowcount)


def resume(connection: Connection, webhook_id: UUID) -> None:
    """Send again: what is open at once, and the events from now on; those of in between are to be replayed."""
    resumed = connection.execute(
        """
        UPDATE gateway.webhooks SET status = 'active', paused_reason = NULL, paused_at = NULL, failures = 0,
            failing_since = NULL, rests_until = NULL, since = pg_snapshot_xmin(pg_current_snapshot()),
            updated_at = now()
        WHERE id = %s AND status = 'paused'
        """,
        [webhook_id],
    )
    if resumed.rowcount:
        connection.execute(
            "UPDATE gateway.webhook_deliveries SET next_attempt_at = now(), due_since = now(), tries = 0"
            " WHERE webhook_id = %s AND status = 'pending'",
            [webhook_id],
        )


def rotate(connection: Connection, webhook_id: UUID, secret: bytes, grace_seconds: float) -> None:
    """Sign with another secret, and for so many seconds with the one of before, too."""
    connection.execute(
        """
        UPDATE gateway.webhooks SET secret = %(secret)s, updated_at = now(),
            previous_secret = CASE WHEN %(grace)s > 0 THEN secret END,
            previous_until = CASE WHEN %(grace)s > 0 THEN now() + make_interval(secs => %(grace)s) END
        WHERE id = %(id)s
        """,
        {"secret": secret, "grace": grace_seconds, "id": webhook_id},
    )


def delete(connection: Connection, reach: Reach, webhook_id: UUID) -> None:
    """Delete a webhook: nothing more is sent; the sweeper erases its deliveries. Raises NotFound."""
    lock(connection, reach, webhook_id)
    connection.execute(
        "UPDATE gateway.webhooks SET deleted_at = now(), status = 'paused', secret = '', previous_secret = NULL"
        " WHERE id = %s",
        [webhook_id],
    )


def listeners(connection: Connection) -> list[Listener]:
    """Return the webhooks that events are sent to."""
    rows = connection.execute(
        "SELECT id, user_profile_id, types, session_ids, user_profile_ids, since::text AS since"
        " FROM gateway.webhooks WHERE status = 'active' AND deleted_at IS NULL"
    ).fetchall()
    return [Listener(row.pop("id"), since=int(row.pop("since")), subscription=Subscription(**row)) for row in rows]


def listening_since(connection: Connection) -> int | None:
    """Return the first transaction of which somebody wants events; None where nobody listens."""
    row = connection.execute(
        "SELECT min(since::text::bigint) AS since FROM gateway.webhooks WHERE status = 'active' AND deleted_at IS NULL"
    ).fetchone()
    return row["since"] if row else None


def any_active(connection: Connection) -> bool:
    """Return whether anybody listens."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM gateway.webhooks WHERE status = 'active' AND deleted_at IS NULL) AS listens"
    ).fetchone()
    return bool(row and row["listens"])


def secrets_of(connection: Connection, webhook_id: UUID) -> Secrets:
    """Return the secrets by which a webhook's deliveries are signed now."""
    with connection.cursor(row_factory=class_row(Secrets)) as cursor:
        [found] = cursor.execute(
            "SELECT secret, CASE WHEN previous_until > now() THEN previous_secret END AS previous_secret"
            " FROM gateway.webhooks WHERE id = %s",
            [webhook_id],
        ).fetchall()
    return found


def select(connection: Connection, where: str, values: dict[str, Any]) -> list[Webhook]:
    """Return the webhooks `w` under a condition."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(f"SELECT {COLUMNS} FROM gateway.webhooks w WHERE {where}", values).fetchall()  # noqa: S608


def _one(connection: Connection, reach: Reach, webhook_id: UUID, locking: LiteralString = "") -> Webhook:
    found = select(connection, f"w.id = %(id)s AND {_VISIBLE}{locking}", {"id": webhook_id, **_visible(reach)})
    if not found:
        raise NotFound("webhook")
    return found[0]


def _visible(reach: Reach) -> dict[str, object]:
    return {
        "user": reach.user_profile_id,
        "sessions": None if reach.session_ids is None else sorted(reach.session_ids),
    }
