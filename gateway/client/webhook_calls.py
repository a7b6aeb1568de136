"""Webhooks: what the API returns of them, and the calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from pydantic.alias_generators import to_camel

from gateway.client.calls import Call, Id, Page, no_content, page_reader, path, query
from gateway.client.models import Model


class Webhook(Model):
    """An address to which events are sent.

    `types`, `session_ids` and `user_profile_ids` limit which, None where they do not. `status` is `active` or `paused`,
    `paused_reason` is `failing`, `gone` or `requested`. `failing_since` is since when nothing was accepted,
    `dropped` how many deliveries were given up unsent, because too many were open.
    """

    id: UUID
    user_profile_id: UUID | None = None
    url: str
    description: str | None = None
    types: tuple[str, ...] | None = None
    session_ids: tuple[UUID, ...] | None = None
    user_profile_ids: tuple[UUID, ...] | None = None
    payload: str = "full"
    status: str
    paused_reason: str | None = None
    paused_at: datetime | None = None
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    last_success_at: datetime | None = None
    dropped: int = 0
    previous_secret_until: datetime | None = None
    created_at: datetime
    updated_at: datetime


class IssuedWebhook(Webhook):
    """A webhook with a new secret, which is shown this once."""

    secret: str = Field(repr=False)


class DeliveryAttempt(Model):
    """One request: `status` is HTTP's, None where there was no answer; `answer` is the first kilobyte of it."""

    number: int
    at: datetime
    status: int | None = None
    error: str | None = None
    duration_ms: int
    answer: str | None = None


class Delivery(Model):
    """An event that is sent to a webhook; `status` is `pending`, `delivered`, `failed` or `dropped`."""

    id: UUID
    event_id: str
    type: str
    session_id: UUID | None = None
    seq: int | None = None
    status: str
    next_attempt_at: datetime | None = None
    created_at: datetime
    ended_at: datetime | None = None
    attempts: tuple[DeliveryAttempt, ...] = ()


class Replayed(Model):
    """How many deliveries a replay made; `next_after` is where to go on, None where nothing was left."""

    replayed: int
    next_after: str | None = None


def create(
    url: str,
    *,
    types: Collection[str] | None = None,
    session_ids: Collection[Id] | None = None,
    user_profile_ids: Collection[Id] | None = None,
    payload: str = "full",
    description: str | None = None,
) -> Call[IssuedWebhook]:
    """Make a webhook; not sent again where the answer was lost, or nobody would know its secret."""
    named = {"types": types, "session_ids": session_ids, "user_profile_ids": user_profile_ids}
    body = {"url": url, "payload": payload, "description": description, **_lists(named)}
    return Call("POST", "/webhooks", IssuedWebhook.model_validate, body=body, repeatable=False)


def webhooks(cursor: str | None = None, limit: int | None = None) -> Call[Page[Webhook]]:
    """List webhooks, newest first."""
    reader = page_reader("webhooks", Webhook.model_validate)
    return Call("GET", "/webhooks", reader, query(cursor=cursor, limit=limit))


def webhook(webhook_id: Id) -> Call[Webhook]:
    """Read a webhook."""
    return Call("GET", path("webhooks", webhook_id), Webhook.model_validate)


def change(webhook_id: Id, changes: Mapping[str, object]) -> Call[Webhook]:
    """Change what `changes` names."""
    lists = _lists({name: value for name, value in changes.items() if name in _LISTS})
    body = {**{to_camel(name): value for name, value in changes.items()}, **lists}
    return Call("PATCH", path("webhooks", webhook_id), Webhook.model_validate, body=body)


def delete(webhook_id: Id) -> Call[None]:
    """Delete a webhook."""
    return Call("DELETE", path("webhooks", webhook_id), no_content)


def rotate(webhook_id: Id, grace_seconds: int | None = None) -> Call[IssuedWebhook]:
    """Replace the secret; not sent again where the answer was lost, as `create`."""
    body = {} if grace_seconds is None else {"graceSeconds": grace_seconds}
    where = path("webhooks", webhook_id, "rotate")
    return Call("POST", where, IssuedWebhook.model_validate, body=body, repeatable=False)


def test(webhook_id: Id) -> Call[Delivery]:
    """Send an event of the type `webhook.test`."""
    return Call("POST", path("webhooks", webhook_id, "test"), Delivery.model_validate)


def deliveries(
    webhook_id: Id, cursor: str | None = None, limit: int | None = None, *, status: str | None = None
) -> Call[Page[Delivery]]:
    """List deliveries, newest first."""
    reader = page_reader("deliveries", Delivery.model_validate)
    parameters = query(cursor=cursor, limit=limit, status=status)
    return Call("GET", path("webhooks", webhook_id, "deliveries"), reader, parameters)


def redeliver(webhook_id: Id, delivery_id: Id) -> Call[Delivery]:
    """Send a delivery once more."""
    where = path("webhooks", webhook_id, "deliveries", delivery_id, "redeliver")
    return Call("POST", where, Delivery.model_validate)


def replay(webhook_id: Id, after: str | datetime, until: str | datetime | None = None) -> Call[Replayed]:
    """Send a stretch of the log once more."""
    body = {"after": _place(after), **({"until": _place(until)} if until is not None else {})}
    return Call("POST", path("webhooks", webhook_id, "replay"), Replayed.model_validate, body=body)


_LISTS = ("types", "session_ids", "user_profile_ids")


def _lists(named: Mapping[str, Any]) -> dict[str, list[str] | None]:
    return {to_camel(name): None if value is None else [str(each) for each in value] for name, value in named.items()}


def _place(value: str | datetime) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
