"""The event log as the API shows it: one body for each type of event, told by `type`; docs/events.md explains each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializeAsAny, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from functions.api.schemas.base import Moment, ResponseBody, shown
from functions.api.schemas.event_data import (
    ChangeData,
    ChatData,
    LostData,
    MergedData,
    QueuedData,
    SessionQrData,
    SessionStateData,
    StatusData,
    StoredData,
    TakeoverData,
    TurnData,
    UnprocessedData,
)
from gateway.domain.events import EventType
from gateway.store.events import Event

_ID = "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91"
_CHAT_ID = "0198c7a5-4d5e-7a10-8b66-1d2e3f4a5b6c"
_MESSAGE_ID = "3EB0A9C1F2D4E5B6A7C8"
_RECEIVED: dict[str, Any] = {"id": _ID, "messageId": _MESSAGE_ID, "chatId": _CHAT_ID, "fromMe": False}
_CHANGED: dict[str, Any] = {
    "id": _ID,
    "messageId": _MESSAGE_ID,
    "chatId": _CHAT_ID,
    "changeId": "3EB0B8D7C6A5F4E3D2C1",
}


class EventBody(ResponseBody):
    """Something that happened in a session; as it is, it shows rows that another release wrote."""

    seq: int = Field(description="Grows within the session, with gaps.")
    type: str
    data: Any
    created_at: Moment


def _example(kind: EventType, data: dict[str, Any]) -> Any:  # noqa: ANN401 (pydantic's JsonDict is invariant)
    return shown({"seq": 17, "type": kind.value, "data": data, "createdAt": "2026-08-21T09:40:05.120Z"})


class SessionStateEvent(EventBody):
    """The session changed its state, or the reason for it."""

    model_config = _example(EventType.SESSION_STATE, {"status": "connecting", "reason": "connection_lost"})
    type: Literal[EventType.SESSION_STATE]
    data: SessionStateData


class SessionQrEvent(EventBody):
    """A code that links a phone is in the session's status."""

    model_config = _example(EventType.SESSION_QR, {"expiresAt": "2026-08-21T09:41:05.000Z"})
    type: Literal[EventType.SESSION_QR]
    data: SessionQrData


class MessageQueuedEvent(EventBody):
    """A message waits to be sent: through the API, the Explorer or by the assistant."""

    model_config = _example(EventType.MESSAGE_QUEUED, {"id": _ID, "chatId": _CHAT_ID})
    type: Literal[EventType.MESSAGE_QUEUED]
    data: QueuedData


class MessageReceivedEvent(EventBody):
    """A message came in, or was written on another device of the user."""

    model_config = _example(EventType.MESSAGE_RECEIVED, {**_RECEIVED, "messageType": "text"})
    type: Literal[EventType.MESSAGE_RECEIVED]
    data: StoredData


class MessageReactionEvent(EventBody):
    """Somebody reacted to a message, or took the reaction back."""

    model_config = _example(
        EventType.MESSAGE_REACTION,
        {**_RECEIVED, "messageType": "reaction", "targetMessageId": "3EB0B8D7C6A5F4E3D2C1"},
    )
    type: Literal[EventType.MESSAGE_REACTION]
    data: StoredData


class MessageUndecryptableEvent(EventBody):
    """A message came that could not be decrypted; `message.received` follows when it can be read."""

    model_config = _example(EventType.MESSAGE_UNDECRYPTABLE, {**_RECEIVED, "messageType": "undecryptable"})
    type: Literal[EventType.MESSAGE_UNDECRYPTABLE]
    data: StoredData


class MessageStatusEvent(EventBody):
    """A message moved on: it is being sent, was sent, delivered, read, played, or it failed."""

    model_config = _example(
        EventType.MESSAGE_STATUS, {"id": _ID, "messageId": _MESSAGE_ID, "chatId": _CHAT_ID, "status": "read"}
    )
    type: Literal[EventType.MESSAGE_STATUS]
    data: StatusData


class MessageEditedEvent(EventBody):
    """A message has another text, or a better copy of its picture."""

    model_config = _example(EventType.MESSAGE_EDITED, _CHANGED)
    type: Literal[EventType.MESSAGE_EDITED]
    data: ChangeData


class MessageDeletedEvent(EventBody):
    """A message was deleted for everyone; its content is gone."""

    model_config = _example(EventType.MESSAGE_DELETED, _CHANGED)
    type: Literal[EventType.MESSAGE_DELETED]
    data: ChangeData


class MessageLostEvent(EventBody):
    """A message was delivered to the gateway and died with a process before it was stored; only the phone shows it."""

    model_config = _example(
        EventType.MESSAGE_LOST,
        {"messageId": _MESSAGE_ID, "chat": "184759302716485@lid", "sender": "184759302716485@lid"},
    )
    type: Literal[EventType.MESSAGE_LOST]
    data: LostData


class MessageUnprocessedEvent(EventBody):
    """Something came in and could not be processed; it is kept, and follows when the operator retries it."""

    model_config = _example(
        EventType.MESSAGE_UNPROCESSED,
        {"kind": "message", "reason": "DecodeError", "chat": "184759302716485@lid", "messageId": _MESSAGE_ID},
    )
    type: Literal[EventType.MESSAGE_UNPROCESSED]
    data: UnprocessedData


class ChatReadEvent(EventBody):
    """A chat was read, on the phone or through the API."""

    model_config = _example(EventType.CHAT_READ, {"chatId": _CHAT_ID})
    type: Literal[EventType.CHAT_READ]
    data: ChatData


class ChatsMergedEvent(EventBody):
    """Two chats turned out to be with one person, and are one now."""

    model_config = _example(
        EventType.CHATS_MERGED, {"chatId": _CHAT_ID, "mergedChatId": "0198c7a5-9e8d-7c20-9a77-2e3f4a5b6c7d"}
    )
    type: Literal[EventType.CHATS_MERGED]
    data: MergedData


class ChatTakeoverEvent(EventBody):
    """A chat was taken over from the assistant, or handed back to it."""

    model_config = _example(EventType.CHAT_TAKEOVER, {"chatId": _CHAT_ID, "takenOver": True})
    type: Literal[EventType.CHAT_TAKEOVER]
    data: TakeoverData


class AssistantTurnEvent(EventBody):
    """The assistant decided: it replied, or it did not."""

    model_config = _example(
        EventType.ASSISTANT_TURN,
        {"turnId": _ID, "status": "skipped", "reason": "taken_over", "chatId": _CHAT_ID},
    )
    type: Literal[EventType.ASSISTANT_TURN]
    data: TurnData


# Named, so that it has a name in the OpenAPI document and in what is generated of it.
AnyEvent = TypeAliasType(
    "AnyEvent",
    Annotated[
        SessionStateEvent
        | SessionQrEvent
        | MessageQueuedEvent
        | MessageReceivedEvent
        | MessageReactionEvent
        | MessageUndecryptableEvent
        | MessageStatusEvent
        | MessageEditedEvent
        | MessageDeletedEvent
        | MessageLostEvent
        | MessageUnprocessedEvent
        | ChatReadEvent
        | ChatsMergedEvent
        | ChatTakeoverEvent
        | AssistantTurnEvent,
        Field(discriminator="type"),
    ],
)
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


class EventPage(ResponseBody):
    """Oldest first."""

    events: list[SerializeAsAny[AnyEvent]]
    next_after: int = Field(description="What to pass as `after` next time.")

    @classmethod
    def of(cls, events: list[Event], next_after: int) -> EventPage:
        bodies: list[Any] = [body_of(event) for event in events]  # an EventBody passes, too
        return cls.model_construct(events=bodies, next_after=next_after)


def body_of(event: Event) -> EventBody:
    """Return the body of the event's type; what another release wrote is shown as it is."""
    row = {"seq": event.seq, "type": event.type, "data": event.data, "created_at": event.created_at}
    try:
        return _EVENTS.validate_python(row)
    except ValidationError:
        return EventBody.model_validate(row)
