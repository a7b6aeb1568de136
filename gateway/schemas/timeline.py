"""The life of a message: when it reached its states, and how its attempts to be sent ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gateway.schemas.base import Moment, ResponseBody, shown
from gateway.store.messages import Message


class Attempt(ResponseBody):
    """An attempt to send that failed, or whose outcome nobody knew, before the message was sent again."""

    model_config = shown(
        {
            "queuedAt": "2026-08-21T09:38:01.912Z",
            "failedAt": "2026-08-21T09:38:03.104Z",
            "error": "refused_by_whatsapp",
            "errorDetail": "WhatsApp refused the message.",
        }
    )

    queued_at: Moment | None
    failed_at: Moment | None
    error: str | None
    error_detail: str | None


class Edit(ResponseBody):
    """A text that a message had before it was edited, and when it got it."""

    model_config = shown({"content": "The plumber comes on Monday.", "at": "2026-08-21T09:40:02.000Z"})

    content: str | None
    at: Moment


class Deleter(ResponseBody):
    """Who deleted a message for everyone: its author, or an admin of the group."""

    model_config = shown({"fromMe": False, "lid": "118367280017461@lid", "phoneNumber": "+4915112345678"})

    from_me: bool
    lid: str | None
    phone_number: str | None


class TimelineEntry(ResponseBody):
    """When a message reached a state, was edited or was deleted; each attempt to send it is `queued` once."""

    status: Literal["received", "queued", "sent", "delivered", "read", "played", "failed", "edited", "deleted"]
    at: Moment
    detail: str | None = Field(None, description="Why it failed, for people.")


def timeline_of(message: Message) -> list[TimelineEntry]:
    """Return what happened to a message, after its attempts that failed."""
    times: list[tuple[str, datetime | None]] = [
        ("received", None if message.from_me else message.timestamp),
        ("queued", message.queued_at),
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
        ("read", message.read_at),
        ("played", message.played_at),
        ("failed", message.failed_at),
        ("edited", message.edited_at),
        ("deleted", message.deleted_at),
    ]
    details = {"failed": message.error_detail}
    last = [{"status": status, "at": at, "detail": details.get(status)} for status, at in times if at is not None]
    return [TimelineEntry.model_validate(entry) for entry in [*_earlier(message), *last]]


def _earlier(message: Message) -> list[dict[str, Any]]:
    """Return what happened to the message before it was sent again."""
    found: list[dict[str, Any]] = []
    for attempt in message.earlier_attempts or ():
        found.append({"status": "queued", "at": attempt["queuedAt"]})
        found.append({"status": "failed", "at": attempt["failedAt"], "detail": attempt["errorDetail"]})
    return [entry for entry in found if entry["at"]]
