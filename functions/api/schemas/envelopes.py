"""Events as every transport carries them: one envelope, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from functions.api.schemas.base import Moment, ResponseBody, shown
from functions.api.schemas.events import body_of
from functions.api.schemas.messages import RECEIVED, MessageBody
from functions.api.schemas.sessions import USER_PROFILE_ID
from gateway.store.event_log import LoggedEvent
from gateway.store.events import Event

Payload = Literal["full", "ids"]
_ENVELOPE: JsonDict = {
    "id": "AAAAAAAADI0BmMelmk58Po0PP29vHyoQAAAAAAAAABE",
    "type": "message.received",
    "timestamp": "2026-08-21T09:40:05.120Z",
    "sessionId": RECEIVED["sessionId"],
    "userProfileId": USER_PROFILE_ID,
    "seq": 17,
    "data": {
        "id": RECEIVED["id"],
        "messageId": RECEIVED["messageId"],
        "chatId": RECEIVED["chatId"],
        "fromMe": False,
        "messageType": "list_reply",
        "message": RECEIVED,
    },
}


class EventEnvelope(ResponseBody):
    """Something that happened. In `data`, an event about a message has the `message` as it is now."""

    model_config = shown(_ENVELOPE)

    id: str = Field(description="Of the event, the same for all who read it; also the cursor of what comes after it.")
    type: str
    timestamp: Moment
    session_id: UUID
    user_profile_id: UUID
    seq: int = Field(description="Its number in the log of its session.")
    data: dict[str, Any] = Field(
        description="As in the log of a session; with `message` unless `payload=ids`: the message as `GET …/messages`"
        " shows it, null where it or its session is gone."
    )

    @classmethod
    def of(
        cls, event: LoggedEvent, messages: Mapping[UUID, MessageBody], *, with_message: bool = True
    ) -> EventEnvelope:
        position = event.position
        body = body_of(Event(position.seq, event.type, event.data, event.created_at))
        data = body.model_dump(mode="json", by_alias=True, exclude_unset=True)["data"]
        if with_message and event.type.startswith("message.") and "id" in event.data:
            message = messages.get(event.message_id) if event.message_id else None
            data = {**data, "message": message and message.model_dump(mode="json", by_alias=True)}
        return cls(
            id=str(position),
            type=event.type,
            timestamp=event.created_at,
            session_id=position.session_id,
            user_profile_id=event.user_profile_id,
            seq=position.seq,
            data=data,
        )


class EventLogPage(ResponseBody):
    """Oldest first."""

    events: list[EventEnvelope]
    next_cursor: str = Field(description="What to pass as `after` next time, also where there are no events.")
