"""Webhooks: make, list, change, delete, try, and replace their secrets."""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import SecretStr

from functions.api.auth import ManagerDep, ReaderDep
from functions.api.http import pagination
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.public_urls import webhook_url
from functions.api.schemas.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeliveryBody,
    IssuedWebhookBody,
    RotateSecret,
    WebhookBody,
    WebhookPage,
)
from functions.api.services import Services, ServicesDep
from functions.api.subscriptions import require_may_listen, whose
from gateway.domain.errors import Conflict, InvalidInput
from gateway.domain.webhooks import Notice, PauseReason, WebhookStatus
from gateway.store import deliveries, webhooks
from gateway.store.database import Connection
from gateway.store.ids import new_id

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=KeyedRoute)

_CURSOR = "webhooks"
_SECRET_BYTES = 32


@router.post("", status_code=201, summary="Make a webhook", responses=problems(404, 409, body=True))
def create_webhook(body: CreateWebhook, caller: ManagerDep, services: ServicesDep) -> IssuedWebhookBody:
    """Events from now on are sent to `url`. The answer alone holds the secret that signs them. Needs `read`, too."""
    require_may_listen(caller)
    if body.all is False and body.session_ids is None and body.user_profile_ids is None:
        raise InvalidInput("all", "Name `sessionIds` or `userProfileIds`, or let it be of all.")
    values: dict[str, Any] = {
        "user_profile_id": caller.reach.user_profile_id,
        "url": webhook_url(body.url, private=services.settings.private_webhook_urls),
        "description": body.description,
        "types": body.types,
        "payload": body.payload,
    }
    whole = body if body.session_ids or body.user_profile_ids else body.model_copy(update={"all": True})
    with services.database.transaction() as connection:
        values |= whose(connection, caller.reach, whole)
    webhook_id = new_id()
    secret, sealed = _new_secret(services, webhook_id)
    with services.database.transaction() as connection:
        webhook = webhooks.create(connection, webhook_id, values, sealed)
    return IssuedWebhookBody.issued(webhook, secret)


@router.get("", summary="List webhooks", responses=problems())
def list_webhooks(
    caller: ReaderDep, services: ServicesDep, limit: LimitDep = 50, cursor: CursorDep = None
) -> WebhookPage:
    """Newest first; of a user key those of its user, of an app key all."""
    before = pagination.decode_id(_CURSOR, cursor)
    with services.database.transaction() as connection:
        rows = webhooks.page(connection, caller.reach, before, limit + 1)
    page, next_cursor = paginate(rows, limit, lambda last: pagination.encode(_CURSOR, last.id))
    return WebhookPage(webhooks=[WebhookBody.of(webhook) for webhook in page], next_cursor=next_cursor)


@router.get("/{webhook_id}", summary="Read a webhook", responses=problems(404))
def get_webhook(webhook_id: UUID, caller: ReaderDep, services: ServicesDep) -> WebhookBody:
    """Whether it works, and since when not; its deliveries tell why."""
    with services.database.transaction() as connection:
        return WebhookBody.of(webhooks.get(connection, caller.reach, webhook_id))


@router.patch("/{webhook_id}", summary="Change a webhook", responses=problems(404, body=True))
def change_webhook(webhook_id: UUID, body: ChangeWebhook, caller: ManagerDep, services: ServicesDep) -> WebhookBody:
    """What is open is sent to the new address. Those that were paused get what is open and what comes from now on."""
    if body.model_fields_set - {"status", "description"}:
        require_may_listen(caller)
    given = body.model_dump(include=body.model_fields_set & {"url", "description", "types", "payload"})
    for name in ("url", "payload"):
        if name in given and given[name] is None:
            raise InvalidInput(name, "This cannot be null.")
    if "url" in given:
        given["url"] = webhook_url(given["url"], private=services.settings.private_webhook_urls)
    with services.database.transaction() as connection:
        webhooks.lock(connection, caller.reach, webhook_id)
        webhooks.change(connection, webhook_id, {**given, **whose(connection, caller.reach, body)})
        _set_status(connection, webhook_id, body.status)
        changed = webhooks.get(connection, caller.reach, webhook_id)
    if body.status is WebhookStatus.ACTIVE:
        services.webhook_notifier.wake(webhook_id)
    return WebhookBody.of(changed)


@router.delete("/{webhook_id}", status_code=204, summary="Delete a webhook", responses=problems(404))
def delete_webhook(webhook_id: UUID, caller: ManagerDep, services: ServicesDep) -> None:
    """Nothing more is sent, also of what is open; requests that are under way may still arrive."""
    with services.database.transaction() as connection:
        webhooks.delete(connection, caller.reach, webhook_id)


@router.post(
    "/{webhook_id}/rotate", status_code=201, summary="Replace a webhook's secret", responses=problems(404, body=True)
)
def rotate_webhook_secret(
    webhook_id: UUID, caller: ManagerDep, services: ServicesDep, body: RotateSecret | None = None
) -> IssuedWebhookBody:
    """For `graceSeconds` deliveries are signed with both; a secret of before that one is refused at once."""
    with services.database.transaction() as connection:
        webhooks.get(connection, caller.reach, webhook_id)
    secret, sealed = _new_secret(services, webhook_id)
    with services.database.transaction() as connection:
        webhooks.lock(connection, caller.reach, webhook_id)
        webhooks.rotate(connection, webhook_id, sealed, (body or RotateSecret()).grace_seconds)
        return IssuedWebhookBody.issued(webhooks.get(connection, caller.reach, webhook_id), secret)


@router.post("/{webhook_id}/test", status_code=202, summary="Try a webhook", responses=problems(404, 409))
def test_webhook(webhook_id: UUID, caller: ManagerDep, services: ServicesDep) -> DeliveryBody:
    """Sends an event of the type `webhook.test`; its delivery tells what came of it."""
    with services.database.transaction() as connection:
        webhook = webhooks.get(connection, caller.reach, webhook_id)
        require_active(webhook.status)
        delivery_id = deliveries.add_notice(connection, webhook_id, Notice.TEST, {"webhookId": str(webhook_id)})
        delivery = deliveries.get(connection, webhook_id, delivery_id)
    services.webhook_notifier.wake(webhook_id)
    return DeliveryBody.of(delivery)


def require_active(status: str) -> None:
    """Raise Conflict for a webhook to which nothing is sent."""
    if status != WebhookStatus.ACTIVE:
        raise Conflict("webhook_paused", "This webhook is paused: set its `status` to `active` first.")


def _new_secret(services: Services, webhook_id: UUID) -> tuple[str, bytes]:
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    return secret, services.webhook_secrets.encrypt(SecretStr(secret), webhook_id)


def _set_status(connection: Connection, webhook_id: UUID, status: WebhookStatus | None) -> None:
    if status is WebhookStatus.ACTIVE:
        webhooks.resume(connection, webhook_id)
    elif status is WebhookStatus.PAUSED:
        webhooks.pause(connection, webhook_id, PauseReason.REQUESTED)
