"""Pages of events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field, SerializeAsAny

from gateway.schemas.base import ResponseBody
from gateway.schemas.event_body import EventBody
from gateway.schemas.events import AnyEvent


class EventPage(ResponseBody):
    """Oldest first."""

    events: list[SerializeAsAny[AnyEvent]]
    next_after: int = Field(description="What to pass as `after` next time.")

    @classmethod
    def of(cls, events: Sequence[EventBody], next_after: int) -> EventPage:
        bodies: Any = events  # one of another release is no AnyEvent
        return cls.model_construct(events=bodies, next_after=next_after)


class EventLogPage(ResponseBody):
    """Oldest first."""

    events: list[SerializeAsAny[AnyEvent]]
    next_cursor: str = Field(description="What to pass as `after` next time, also where there are no events.")

    @classmethod
    def of(cls, events: Sequence[EventBody], next_cursor: str) -> EventLogPage:
        bodies: Any = events  # one of another release is no AnyEvent
        return cls.model_construct(events=bodies, next_cursor=next_cursor)
