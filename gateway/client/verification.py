"""What a receiver of webhooks checks: that an event comes from the gateway, is whole, and is not an old one."""

from __future__ import annotations

import hmac
import json
import os
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from gateway.client.errors import ClientError
from gateway.client.events import Event, event_of
from gateway.client.models import Model
from gateway.signing import ID_HEADER, SIGNATURE_HEADER, TIME_HEADER, signature

TOLERANCE_SECONDS = 300.0


class NotVerified(ClientError):
    """A request that the gateway did not send, or sent too long ago: answer it 401."""


class NoticeData(Model):
    """Which webhook it is about; `reason` is why it was paused, `dropped` how many deliveries were given up unsent."""

    webhook_id: UUID
    reason: str | None = None
    dropped: int | None = None


class WebhookNotice(Model):
    """An event about a webhook, not a session: `webhook.test`, `webhook.paused` or `webhook.dropped`."""

    id: str
    type: str
    timestamp: datetime
    data: NoticeData


def verify(
    body: bytes | str, headers: Mapping[str, str], secret: str | Iterable[str] | None = None
) -> Event | WebhookNotice:
    """Return the event of a request that the gateway sent. `body` is as it was received, not parsed and written again.

    `secret` is that of the webhook, or several of which one is to fit; GATEWAY_WEBHOOK_SECRET of the environment where
    it is omitted. Raise NotVerified, also for a request that is older than five minutes.

    >>> from gateway.client import NotVerified, Webhooks
    >>> try:
    ...     Webhooks.verify(b"{}", {}, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbW1xq8f0a1c=")
    ... except NotVerified as error:
    ...     print(error)
    It has no header webhook-id.
    """
    given = {name.lower(): value for name, value in headers.items()}
    for name in (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER):
        if name not in given:
            raise NotVerified(f"It has no header {name}.")
    raw = body.encode() if isinstance(body, str) else bytes(body)
    _require_recent(given[TIME_HEADER])
    if not any(_fits(each, given, raw) for each in _secrets(secret)):
        raise NotVerified("No signature fits.")
    return _event(raw)


def _secrets(secret: str | Iterable[str] | None) -> list[str]:
    found = os.environ.get("GATEWAY_WEBHOOK_SECRET") if secret is None else secret
    if found is None:
        raise ValueError("give the webhook's secret, or set GATEWAY_WEBHOOK_SECRET")
    return [found] if isinstance(found, str) else list(found)


def _require_recent(timestamp: str) -> None:
    if not timestamp.isascii() or not timestamp.isdigit():
        raise NotVerified("Its time cannot be read.")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified("It is too old, or the clocks differ.")


def _fits(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    wanted = signature(secret, headers[ID_HEADER], headers[TIME_HEADER], body)
    given = headers[SIGNATURE_HEADER].encode(errors="replace").split()
    return any(hmac.compare_digest(f"v1,{wanted}".encode(), each) for each in given)


def _event(body: bytes) -> Event | WebhookNotice:
    try:
        document: dict[str, Any] = json.loads(body)
        if document.get("sessionId") is None:
            return WebhookNotice.model_validate(document)
        return event_of(document)
    except (ValueError, ValidationError, AttributeError) as error:
        raise NotVerified("Its body is no event.") from error
