"""Deliveries of a webhook: what became of them, and sending them once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Never
from uuid import UUID

from fastapi import APIRouter, Query

from functions.api.auth import ManagerDep, ReaderDep
from functions.api.http import pagination
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.routes.webhooks import require_active
from functions.api.schemas.webhooks import DeliveryBody, DeliveryPage, Replay, ReplayBody
from functions.api.services import ServicesDep
from gateway.domain.errors import InvalidInput
from gateway.domain.webhooks import DeliveryStatus
from gateway.store import deliveries, event_log, replaying, webhooks
from gateway.store.event_log import Position
from gateway.store.replaying import Stretch

router = APIRouter(prefix="/webhooks/{webhook_id}", tags=["webhooks"], route_class=KeyedRoute)

_CURSOR = "deliveries"


@router.get("/deliveries", summary="List a webhook's deliveries", responses=problems(404))
def list_webhook_deliveries(
    webhook_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    status: Annotated[DeliveryStatus | None, Query(description="Only of this status.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    cursor: CursorDep = None,
) -> DeliveryPage:
    """Newest first, with their attempts; kept for two weeks after their end."""
    before = pagination.decode_id(_CURSOR, cursor)
    with services.database.transaction() as connection:
        webhooks.get(connection, caller.reach, webhook_id)
        rows = deliveries.page(connection, webhook_id, status, before, limit + 1)
        page, next_cursor = paginate(rows, limit, lambda last: pagination.encode(_CURSOR, last.id))
        attempts = deliveries.attempts_of(connection, [delivery.id for delivery in page])
    bodies = [DeliveryBody.of(delivery, attempts[delivery.id]) for delivery in page]
    return DeliveryPage(deliveries=bodies, next_cursor=next_cursor)


@router.get("/deliveries/{delivery_id}", summary="Read a delivery", responses=problems(404))
def get_webhook_delivery(webhook_id: UUID, delivery_id: UUID, caller: ReaderDep, services: ServicesDep) -> DeliveryBody:
    """With every attempt, oldest first."""
    with services.database.transaction() as connection:
        webhooks.get(connection, caller.reach, webhook_id)
        delivery = deliveries.get(connection, webhook_id, delivery_id)
        return DeliveryBody.of(delivery, deliveries.attempts_of(connection, [delivery_id])[delivery_id])


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send a delivery once more",
    responses=problems(404, 409),
)
def redeliver_to_webhook(
    webhook_id: UUID, delivery_id: UUID, caller: ManagerDep, services: ServicesDep
) -> DeliveryBody:
    """At once, whatever became of it, with the same `webhook-id`; a message in it is the message as it is now."""
    with services.database.transaction() as connection:
        require_active(webhooks.lock(connection, caller.reach, webhook_id).status)
        delivery = deliveries.redeliver(connection, webhook_id, delivery_id)
        attempts = deliveries.attempts_of(connection, [delivery_id])[delivery_id]
    services.webhook_notifier.wake(webhook_id)
    return DeliveryBody.of(delivery, attempts)


@router.post(
    "/replay",
    status_code=202,
    summary="Send a stretch of the log once more",
    responses=problems(404, 409, 410, body=True),
)
def replay_to_webhook(webhook_id: UUID, body: Replay, caller: ManagerDep, services: ServicesDep) -> ReplayBody:
    """The events that the webhook wants, delivered or not, in their order; those that are open stay as they are."""
    until = None if body.until is None else _place("until", body.until)
    stretch = Stretch(_place("after", body.after), until)
    with services.database.transaction() as connection:
        webhook = webhooks.lock(connection, caller.reach, webhook_id)
        require_active(webhook.status)
        replayed = replaying.replay(connection, webhook, stretch)
    services.webhook_notifier.wake(webhook_id)
    next_after = None if replayed.next_after is None else str(replayed.next_after)
    return ReplayBody(replayed=replayed.count, next_after=next_after)


def _place(field: str, text: str) -> Position | datetime:
    """Return a place in the log, or a time. Raises InvalidInput."""
    if field == "after" and text == "earliest":
        return event_log.EARLIEST
    try:
        return Position.parse(text)
    except InvalidInput:
        pass
    try:
        moment = datetime.fromisoformat(text)
        # Without a zone, nobody knows when that is.
        return moment.astimezone(UTC) if moment.tzinfo else _refuse(field)
    except (ValueError, OverflowError):
        return _refuse(field)


def _refuse(field: str) -> Never:
    raise InvalidInput(field, "Use the `id` of an event or a time with its zone, such as 2026-08-21T09:40:00Z.")
