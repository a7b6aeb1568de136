"""Webhooks: their states, when a delivery is tried again, and what an endpoint's failures lead to. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from gateway.backoff import growing, jittered
from gateway.domain.events import EventType

Payload = Literal["full", "ids"]


class Notice(StrEnum):
    """Events about a webhook itself, and no session; they are in no log."""

    TEST = "webhook.test"
    PAUSED = "webhook.paused"
    DROPPED = "webhook.dropped"


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class PauseReason(StrEnum):
    """Who or what paused a webhook."""

    REQUESTED = "requested"
    FAILING = "failing"
    GONE = "gone"
    UNREADABLE = "secret_unreadable"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


# Everything is sent again for so long; after so long without one success the webhook is paused.
LONGEST = timedelta(days=3)
# Seconds before the next attempt, by how many there were; the last one repeats.
_PAUSES = (5, 60, 300, 600, 1800, 7200, 14_400, 28_800)
_LONGEST_RETRY_AFTER = 86_400.0
# Until then, about a quarter of an hour, an event that cannot be delivered holds up the later ones of its session.
HOLDS_UP_TRIES = 5
# So many failures in a row, of whatever events, and the endpoint is tried with one event at a time.
TRIPPED_FAILURES = 5
_REST_BASE_SECONDS = 10.0
_REST_LIMIT_SECONDS = 900.0
# The endpoint asks for less, or its proxy cannot reach it: others would fail likewise.
_SLOW_DOWN = (429, 502, 503, 504)
GONE = 410


def pause_after(tries: int, retry_after: float | None = None) -> float:
    """Return the seconds before the next attempt of a delivery after so many; at least what the endpoint asks for."""
    pause = jittered(float(_PAUSES[min(tries, len(_PAUSES)) - 1]))
    return max(pause, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))


def rest_after(failures: int, status: int | None, retry_after: float | None = None) -> float:
    """Return the seconds for which nothing is sent to an endpoint after so many failures in a row."""
    asked = min(retry_after or 0.0, _LONGEST_RETRY_AFTER) if status in _SLOW_DOWN else 0.0
    if failures < TRIPPED_FAILURES:
        return asked
    return max(asked, jittered(growing(_REST_BASE_SECONDS, _REST_LIMIT_SECONDS, failures - TRIPPED_FAILURES)))


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which events a webhook is sent: of one user profile or of everybody's, and of these only some."""

    user_profile_id: UUID | None
    types: Collection[str] | None
    session_ids: Collection[UUID] | None
    user_profile_ids: Collection[UUID] | None

    def wants(self, kind: EventType | str, session_id: UUID, user_profile_id: UUID) -> bool:
        """Return whether an event of a session is to be sent."""
        return (
            self.user_profile_id in (None, user_profile_id)
            and (self.types is None or kind in self.types)
            and (self.session_ids is None or session_id in self.session_ids)
            and (self.user_profile_ids is None or user_profile_id in self.user_profile_ids)
        )
