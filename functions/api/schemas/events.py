"""The event log as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter

from functions.api.schemas.base import Moment, ResponseBody
from gateway.store.events import Event

# Moments in `data`, which are written as all others are.
_TIMES = {"until", "expiresAt"}
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


class EventBody(ResponseBody):
    """Something that happened in a session; `data` holds ids and states, never texts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seq": 17,
                    "type": "message.status",
                    "data": {"id": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91", "status": "read"},
                    "createdAt": "2026-08-21T09:40:05.120Z",
                }
            ]
        }
    )

    seq: int
    type: str
    data: dict[str, Any]
    created_at: Moment

    @classmethod
    def of(cls, event: Event) -> EventBody:
        times = {
            name: _MOMENT.dump_python(_MOMENT.validate_python(event.data[name]), mode="json")
            for name in _TIMES & event.data.keys()
        }
        return cls(seq=event.seq, type=event.type, data={**event.data, **times}, created_at=event.created_at)


class EventPage(ResponseBody):
    """Oldest first."""

    events: list[EventBody]
    next_after: int = Field(description="What to pass as `after` next time.")
