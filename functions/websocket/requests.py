"""What clients send over a WebSocket: JSON with an `action`."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from gateway.domain.events import EventType

_MOST_SESSIONS = 100


class _Request(BaseModel):
    """`id` is the client's own: the answer carries it."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")

    id: str | None = Field(default=None, max_length=64)


class Subscribe(_Request):
    """Get events behind `after`, in place of what was subscribed to before."""

    action: Literal["subscribe"]
    types: list[EventType] | None = Field(default=None, min_length=1)
    session_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=_MOST_SESSIONS)
    payload: Literal["full", "ids"] = "full"
    after: str = Field(default="latest", max_length=64)


class Unsubscribe(_Request):
    """Get no more events."""

    action: Literal["unsubscribe"]


class Ping(_Request):
    """Keep the connection open: API Gateway closes one that is silent for ten minutes."""

    action: Literal["ping"]


class Send(_Request):
    """Send a message, as `POST /sessions/{id}/messages` does; `message` is the body of that."""

    action: Literal["send"]
    session_id: UUID
    message: dict[str, object]
    idempotency_key: str | None = Field(default=None, pattern=r"^[!-~]{1,255}$")


AnyRequest = Annotated[Subscribe | Unsubscribe | Ping | Send, Field(discriminator="action")]
REQUESTS: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
