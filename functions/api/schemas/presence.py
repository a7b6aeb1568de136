"""Typing and presence as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.presence import DEFAULT_MINUTES, MOST_MINUTES, TypingState
from gateway.schemas.base import Moment, RequestBody, ResponseBody, shown
from gateway.store.presences import Presence


class ShowTyping(RequestBody):
    """What the others in a chat see of the number."""

    model_config = shown({"state": "typing"})

    state: Annotated[
        TypingState, Field(description="A phone shows the first two for about 25 seconds, or until `paused`.")
    ]


class TypingAccepted(ResponseBody):
    """It will be shown, where the session is connected within ten seconds."""

    status: Literal["queued"] = "queued"


class WatchPresence(RequestBody):
    """For how long somebody is watched."""

    model_config = shown({"minutes": 5})

    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES, description="Asked again, the later end counts.")] = (
        DEFAULT_MINUTES
    )


class PresenceBody(ResponseBody):
    """What is known of a person; what WhatsApp has not told, or the person keeps from others, is null."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "chatId": "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3",
                    "online": False,
                    "lastSeenAt": "2026-08-21T09:38:51.000Z",
                    "changedAt": "2026-08-21T09:38:51.402Z",
                    "watchedUntil": "2026-08-21T09:45:02.000Z",
                }
            ]
        }
    )

    chat_id: UUID
    online: bool | None = Field(description="As it was told last; it may be old once nobody watches.")
    last_seen_at: Moment | None
    changed_at: Moment | None = Field(description="When WhatsApp told it.")
    watched_until: Moment | None = Field(
        description="Until then `contact.presence` tells changes, or did; null: never asked."
    )

    @classmethod
    def of(cls, chat_id: UUID, presence: Presence | None) -> PresenceBody:
        return cls(
            chat_id=chat_id,
            online=presence and presence.online,
            last_seen_at=presence and presence.last_seen_at,
            changed_at=presence and presence.changed_at,
            watched_until=presence and presence.watched_until,
        )
