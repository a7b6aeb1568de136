"""Events about a webhook itself: the envelope of all events, without a session."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from gateway.domain.webhooks import Notice, PauseReason
from gateway.schemas.base import Moment, ResponseBody, shown
from gateway.store.deliveries import Delivery

_WEBHOOK_ID = "0198c7a4-1a2b-7c3d-8e4f-5a6b7c8d9e0f"


def _envelope(kind: Notice, data: dict[str, Any]) -> JsonDict:
    return {
        "id": "q8kD0mV2ZJ3xwP5uR7tYbN1cHfLgSaEo",
        "type": kind.value,
        "timestamp": "2026-08-21T09:40:05.120Z",
        "sessionId": None,
        "userProfileId": None,
        "seq": None,
        "data": data,
    }


class TestData(ResponseBody):
    """Which webhook is tried."""

    webhook_id: UUID


class PausedData(ResponseBody):
    """Which webhook was paused, and why."""

    webhook_id: UUID
    reason: PauseReason


class DroppedData(ResponseBody):
    """Of which webhook deliveries were given up unsent, and how many at once."""

    webhook_id: UUID
    dropped: int


class NoticeBody(ResponseBody):
    """An event about a webhook; it is in no log."""

    model_config = shown(_envelope(Notice.TEST, {"webhookId": _WEBHOOK_ID}))

    id: str
    type: str
    timestamp: Moment
    session_id: None = Field(default=None, description="It is about no session.")
    user_profile_id: None = None
    seq: None = None
    data: Any


class WebhookTestEvent(NoticeBody):
    """Somebody tries the webhook (`POST /webhooks/{id}/test`)."""

    model_config = shown(_envelope(Notice.TEST, {"webhookId": _WEBHOOK_ID}))
    type: Literal[Notice.TEST]
    data: TestData


class WebhookPausedEvent(NoticeBody):
    """Another webhook was paused by the gateway; sent to those whose key may see it."""

    model_config = shown(_envelope(Notice.PAUSED, {"webhookId": _WEBHOOK_ID, "reason": "failing"}))
    type: Literal[Notice.PAUSED]
    data: PausedData


class WebhookDroppedEvent(NoticeBody):
    """Deliveries to another webhook, which is far behind, were given up unsent; told once a day while it goes on."""

    model_config = shown(_envelope(Notice.DROPPED, {"webhookId": _WEBHOOK_ID, "dropped": 120}))
    type: Literal[Notice.DROPPED]
    data: DroppedData


_BODIES: dict[str, type[NoticeBody]] = {
    Notice.TEST: WebhookTestEvent,
    Notice.PAUSED: WebhookPausedEvent,
    Notice.DROPPED: WebhookDroppedEvent,
}


def notice_of(delivery: Delivery) -> NoticeBody:
    """Return the body of a delivery that is about no session."""
    body = _BODIES.get(delivery.type, NoticeBody)
    return body.model_validate(
        {"id": delivery.event_id, "type": delivery.type, "timestamp": delivery.created_at, "data": delivery.data}
    )
