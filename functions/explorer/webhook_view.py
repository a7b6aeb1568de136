"""What the Developers tab shows of webhooks and their deliveries, and what its forms say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from functions.explorer.auth import text_of
from gateway.client.webhook_calls import Delivery, DeliveryAttempt, Webhook
from gateway.domain.events import EventType
from gateway.domain.webhooks import DeliveryStatus, Notice, PauseReason, WebhookStatus

TYPES = (*EventType, Notice.PAUSED, Notice.DROPPED)
PAYLOADS = {"full": "events with the messages they are about", "ids": "ids and states alone"}
# Seconds for which deliveries are signed with the old secret, too, and how that is said.
GRACES = ((86_400, "a day"), (3_600, "an hour"), (604_800, "a week"), (0, "no more"))
_PAUSED_BECAUSE: dict[str | None, str] = {
    PauseReason.FAILING: "nothing was accepted for three days",
    PauseReason.GONE: "it answered 410 Gone",
    PauseReason.UNREADABLE: "its secret cannot be decrypted any more: replace it, then go on",
    PauseReason.REQUESTED: "somebody paused it",
}
_DELIVERIES: dict[str, tuple[str, str]] = {
    DeliveryStatus.PENDING: ("Waiting", "busy"),
    DeliveryStatus.DELIVERED: ("Delivered", "good"),
    DeliveryStatus.FAILED: ("Failed", "bad"),
    DeliveryStatus.DROPPED: ("Dropped", "bad"),
}
_FIELDS = ("url", "description", "session_ids", "user_profile_ids", "payload")


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook as it stands in the list."""

    webhook: Webhook

    @property
    def is_paused(self) -> bool:
        return self.webhook.status == WebhookStatus.PAUSED

    @property
    def label(self) -> str:
        return "Paused" if self.is_paused else "Failing" if self.webhook.failing_since else "Active"

    @property
    def tone(self) -> str:
        return "bad" if self.is_paused else "busy" if self.webhook.failing_since else "good"

    @property
    def why(self) -> str:
        """Why it is paused; empty where it is not."""
        return _PAUSED_BECAUSE.get(self.webhook.paused_reason, "") if self.is_paused else ""

    @property
    def of(self) -> str:
        """Whose events it gets."""
        for ids, what in ((self.webhook.session_ids, "session"), (self.webhook.user_profile_ids, "user")):
            if ids is not None:
                return f"{len(ids)} {what}{'s' if len(ids) != 1 else ''}"
        return "all sessions"


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with what became of it."""

    delivery: Delivery

    @property
    def label(self) -> str:
        return _DELIVERIES.get(self.delivery.status, (self.delivery.status, "idle"))[0]

    @property
    def tone(self) -> str:
        return _DELIVERIES.get(self.delivery.status, ("", "idle"))[1]

    @property
    def outcome(self) -> str:
        """What the last attempt came to."""
        return outcome(self.delivery.attempts[-1]) if self.delivery.attempts else "not tried yet"


def outcome(attempt: DeliveryAttempt) -> str:
    """Return what an attempt came to, such as `500 in 87 ms`."""
    what = str(attempt.status) if attempt.status is not None else (attempt.error or "no answer")
    return f"{what} in {attempt.duration_ms} ms"


def values_of(webhook: Webhook | None, submitted: FormData | None) -> Mapping[str, Any]:
    """Return what the form holds: what was submitted and refused, else the webhook; None for a new one."""
    if submitted is not None:
        return {**{name: text_of(submitted, name) for name in _FIELDS}, "types": _types(submitted)}
    if webhook is None:
        return {**dict.fromkeys(_FIELDS, ""), "payload": "full", "types": ()}
    lists = {name: "\n".join(map(str, getattr(webhook, name) or ())) for name in ("session_ids", "user_profile_ids")}
    texts = {"url": webhook.url, "description": webhook.description or "", "payload": webhook.payload}
    return {**texts, **lists, "types": webhook.types or ()}


def settings_in(form: FormData) -> dict[str, Any]:
    """Return what a form says of a webhook; what is empty does not limit it."""
    return {
        "url": text_of(form, "url"),
        "description": text_of(form, "description").strip() or None,
        "payload": text_of(form, "payload") or "full",
        "types": _types(form) or None,
        "session_ids": text_of(form, "session_ids").split() or None,
        "user_profile_ids": text_of(form, "user_profile_ids").split() or None,
    }


def changes_in(form: FormData) -> dict[str, Any]:
    """Return what a form changes of a webhook: without sessions and users named it is of all."""
    settings = settings_in(form)
    named = {name: settings.pop(name) for name in ("session_ids", "user_profile_ids")}
    return {**settings, **({name: ids for name, ids in named.items() if ids} or {"all": True})}


def place_in(text: str, zone: ZoneInfo) -> str | datetime | None:
    """Return the time that was chosen, in the reader's zone; what is none as it is, None of an empty field."""
    try:
        moment = datetime.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return text
    return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment


def _types(form: FormData) -> list[str]:
    return [each for each in form.getlist("type") if isinstance(each, str)]
