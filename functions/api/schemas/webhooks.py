"""Webhooks and their deliveries as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.config import JsonDict

from functions.api.schemas.keys import SessionIds
from gateway.domain.events import EventType
from gateway.domain.webhooks import DeliveryStatus, Notice, PauseReason, Payload, WebhookStatus
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.deliveries import Attempt, Delivery
from gateway.store.webhooks import Webhook

_DAY_SECONDS = 86_400
_SESSION_ID = "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10"
_WEBHOOK: JsonDict = {
    "id": "0198c7a4-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    "userProfileId": None,
    "url": "https://app.example.com/api/whatsapp",
    "description": "messages for the inbox",
    "types": ["message.received", "message.status"],
    "sessionIds": None,
    "userProfileIds": None,
    "all": True,
    "payload": "full",
    "status": "active",
    "pausedReason": None,
    "pausedAt": None,
    "failingSince": None,
    "restsUntil": None,
    "lastSuccessAt": "2026-08-21T09:40:05.320Z",
    "dropped": 0,
    "previousSecretUntil": None,
    "createdAt": "2026-08-21T09:30:00.000Z",
    "updatedAt": "2026-08-21T09:30:00.000Z",
}
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbW1xq8f0a1c="  # noqa: S105 - an example
_DELIVERY: JsonDict = {
    "id": "0198c7a6-2b3c-7d4e-8f50-6a7b8c9d0e1f",
    "eventId": "AAAAAAAADI0BmMelmk58Po0PP29vHyoQAAAAAAAAABE",
    "type": "message.received",
    "sessionId": _SESSION_ID,
    "seq": 17,
    "status": "pending",
    "nextAttemptAt": "2026-08-21T09:40:09.120Z",
    "createdAt": "2026-08-21T09:40:05.120Z",
    "endedAt": None,
    "attempts": [
        {
            "number": 1,
            "at": "2026-08-21T09:40:05.320Z",
            "status": 500,
            "error": None,
            "durationMs": 87,
            "answer": "Internal Server Error",
        }
    ],
}


_NAMES = ", ".join([*EventType, Notice.PAUSED, Notice.DROPPED])


def _known(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Say once what a type may be: the validator has an error for each of the two vocabularies."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError(f"Write one of these: {_NAMES}.") from None


_Type: TypeAlias = Annotated[EventType | Literal[Notice.PAUSED, Notice.DROPPED], WrapValidator(_known)]


def _unique_types(values: list[_Type]) -> list[_Type]:
    if len(set(values)) != len(values):
        raise ValueError("Name each once.")
    return values


Url = Annotated[
    Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Field(description="https only.")
]
Description = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=200)]
Types = Annotated[
    list[_Type],
    Field(min_length=1, max_length=50, description="Only these events; null: all, also those of later releases."),
    AfterValidator(_unique_types),
]
_PAYLOAD_TEXT = "`full`: events carry the message they are about; `ids`: they do not."
_ALL_TEXT = "Events of all sessions that the key reaches, also of those to come."


class CreateWebhook(RequestBody):
    """A webhook to make: of `sessionIds`, of `userProfileIds` or of `all`, which is what it is without either."""

    model_config = shown({"url": _WEBHOOK["url"], "types": ["message.received"], "all": True})

    url: Url
    description: Description | None = None
    types: Types | None = None
    session_ids: SessionIds | None = None
    user_profile_ids: SessionIds | None = None
    all: Annotated[bool | None, Field(description=_ALL_TEXT)] = None
    payload: Annotated[Payload, Field(description=_PAYLOAD_TEXT)] = "full"


class ChangeWebhook(RequestBody):
    """What to change; what is omitted stays. One of `sessionIds`, `userProfileIds`, `all` replaces the others."""

    model_config = shown({"status": "active"})

    url: Url | None = None
    description: Description | None = None
    types: Types | None = None
    session_ids: SessionIds | None = None
    user_profile_ids: SessionIds | None = None
    all: Annotated[bool | None, Field(description=_ALL_TEXT)] = None
    payload: Annotated[Payload | None, Field(description=_PAYLOAD_TEXT)] = None
    status: Annotated[
        WebhookStatus | None,
        Field(description="`paused` keeps what is open; `active` sends it, and the events from then on."),
    ] = None


class WebhookBody(ResponseBody):
    """An address to which events are sent."""

    model_config = shown(_WEBHOOK)

    id: UUID
    user_profile_id: UUID | None = Field(description="Whose sessions it sees at most; null: everybody's.")
    url: str
    description: str | None
    types: list[str] | None
    session_ids: list[UUID] | None
    user_profile_ids: list[UUID] | None
    all: bool
    payload: Payload
    status: WebhookStatus
    paused_reason: PauseReason | None = Field(
        description="`failing`: nothing was accepted for three days; `gone`: it answered 410; `secret_unreadable`: its "
        "secret cannot be decrypted any more, rotate it; `requested`."
    )
    paused_at: Moment | None = Field(description="`POST …/replay` with it as `after` sends what was missed.")
    failing_since: Moment | None = Field(description="Since when nothing was accepted.")
    rests_until: Moment | None = Field(description="Nothing is sent before, because it failed often or asked for it.")
    last_success_at: Moment | None
    dropped: int = Field(description="How many deliveries were given up unsent, because too many were open.")
    previous_secret_until: Moment | None = Field(description="Until then deliveries are signed with both secrets.")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookBody:
        return cls(**_fields(webhook))


class IssuedWebhookBody(WebhookBody):
    """A webhook with its secret, which is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_WEBHOOK, "secret": _SECRET}]})

    secret: str = Field(description="Verifies the signatures of deliveries (Standard Webhooks).")

    @classmethod
    def issued(cls, webhook: Webhook, secret: str) -> IssuedWebhookBody:
        return cls(**_fields(webhook), secret=secret)


class WebhookPage(ResponseBody):
    """Newest first."""

    webhooks: list[WebhookBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class RotateSecret(RequestBody):
    """How long deliveries are signed with the old secret, too."""

    model_config = shown({"graceSeconds": 86_400})

    grace_seconds: Annotated[int, Field(ge=0, le=7 * _DAY_SECONDS)] = _DAY_SECONDS


class AttemptBody(ResponseBody):
    """One request to the address."""

    number: int
    at: Moment
    status: int | None = Field(description="The HTTP status; null where there was no answer.")
    error: str | None = Field(description="Why there was no answer.")
    duration_ms: int
    answer: str | None = Field(description="The first kilobyte of the answer.")

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptBody:
        return cls(**{name: getattr(attempt, name) for name in cls.model_fields})


class DeliveryBody(ResponseBody):
    """An event that is sent to a webhook, with the attempts so far."""

    model_config = shown(_DELIVERY)

    id: UUID
    event_id: str = Field(description="The event's `id`, and the header `webhook-id`: the same in each attempt.")
    type: str
    session_id: UUID | None
    seq: int | None
    status: DeliveryStatus
    next_attempt_at: Moment | None
    created_at: Moment
    ended_at: Moment | None
    attempts: list[AttemptBody]

    @classmethod
    def of(cls, delivery: Delivery, attempts: Sequence[Attempt] = ()) -> DeliveryBody:
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            type=delivery.type,
            session_id=delivery.session_id,
            seq=delivery.seq,
            status=DeliveryStatus(delivery.status),
            next_attempt_at=delivery.next_attempt_at if delivery.status == DeliveryStatus.PENDING else None,
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
            attempts=[AttemptBody.of(attempt) for attempt in attempts],
        )


class DeliveryPage(ResponseBody):
    """Newest first."""

    deliveries: list[DeliveryBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


Place = Annotated[Text, StringConstraints(min_length=1, max_length=64)]


class Replay(RequestBody):
    """Which stretch of the log to send once more: both ends are an event's `id` or a time."""

    model_config = shown({"after": "2026-08-21T09:30:00Z", "until": "2026-08-21T09:45:00Z"})

    after: Annotated[Place, Field(description="Behind it; `earliest`: from the first one that is kept.")]
    until: Annotated[Place | None, Field(description="With it; null: up to now.")] = None


class ReplayBody(ResponseBody):
    """What will be sent."""

    model_config = shown({"replayed": 42, "nextAfter": None})

    replayed: int = Field(description="How many deliveries were made or opened again.")
    next_after: str | None = Field(
        description="Where events were left to look at (10,000 are at a time): pass it as `after`."
    )


def _fields(webhook: Webhook) -> dict[str, object]:
    own = {name: getattr(webhook, name) for name in WebhookBody.model_fields if hasattr(webhook, name)}
    whole = webhook.session_ids is None and webhook.user_profile_ids is None
    return {**own, "all": whole, "previous_secret_until": webhook.previous_until}
