"""The envelope of an event, the same on every transport."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.events import EventType
from gateway.schemas.base import USER_PROFILE_ID, Moment, ResponseBody
from gateway.schemas.messages import RECEIVED


class EventBody(ResponseBody):
    """Something that happened, in the envelope of every transport; as it is, it shows what another release wrote."""

    id: str = Field(description="Of the event, the same for all who read it; also the cursor of what comes after it.")
    type: str
    timestamp: Moment
    session_id: UUID
    user_profile_id: UUID
    seq: int = Field(description="Its number in the log of its session: it grows, with gaps.")
    data: Any


def _envelope(kind: EventType, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "AAAAAAAADI0BmMelmk58Po0PP29vHyoQAAAAAAAAABE",
        "type": kind.value,
        "timestamp": "2026-08-21T09:40:05.120Z",
        "sessionId": RECEIVED["sessionId"],
        "userProfileId": USER_PROFILE_ID,
        "seq": 17,
        "data": data,
    }


def example(kind: EventType, *data: dict[str, Any]) -> Any:  # noqa: ANN401 (pydantic's JsonDict is invariant)
    """Return the configuration of a body with an event of each `data` as an example."""
    return ConfigDict(json_schema_extra={"examples": [_envelope(kind, each) for each in data]})
