"""The event log as the API shows it: one body for each type of event, told by `type`; docs/events.md explains each."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from gateway.domain.events import EventType
from gateway.schemas.contact_events import ContactsImportedEvent, ContactUpdatedEvent
from gateway.schemas.event_body import EventBody, example
from gateway.schemas.event_data import (
    ChangeData,
    ChatData,
    HistoryImportedData,
    HistoryProgressData,
    LostData,
    MediaData,
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
from gateway.schemas.group_events import GroupChangedEvent, GroupJoinedEvent, GroupParticipantsEvent
from gateway.schemas.messages import RECEIVED, MessageBody
from gateway.schemas.presence_events import ChatPresenceEvent, ContactPresenceEvent
from gateway.store.event_log import LoggedEvent

_ID, _CHAT_ID = RECEIVED["id"], RECEIVED["chatId"]
_MESSAGE_ID = "3EB0A9C1F2D4E5B6A7C8"
_RECEIVED: dict[str, Any] = {"id": _ID, "messageId": _MESSAGE_ID, "chatId": _CHAT_ID, "fromMe": False}
_CHANGED: dict[str, Any] = {
    "id": _ID,
    "messageId": _MESSAGE_ID,
    "chatId": _CHAT_ID,
    "changeId": "3EB0B8D7C6A5F4E3D2C1",
}


class SessionStateEvent(EventBody):
    """The session changed its state, or the reason for it."""

    model_config = example(EventType.SESSION_STATE, {"status": "connecting", "reason": "connection_lost"})
    type: Literal[EventType.SESSION_STATE]
    data: SessionStateData


class SessionQrEvent(EventBody):
    """A code that links a phone is in the session's status."""

    model_config = example(EventType.SESSION_QR, {"expiresAt": "2026-08-21T09:41:05.000Z"})
    type: Literal[EventType.SESSION_QR]
    data: SessionQrData


class MessageQueuedEvent(EventBody):
    """A message waits to be sent: through the API, the Explorer or by the assistant."""

    model_config = example(EventType.MESSAGE_QUEUED, {"id": _ID, "chatId": _CHAT_ID})
    type: Literal[EventType.MESSAGE_QUEUED]
    data: QueuedData


class MessageReceivedEvent(EventBody):
    """A message came in, or was written on another device of the user."""

    model_config = example(
        EventType.MESSAGE_RECEIVED,
        {**_RECEIVED, "messageType": "list_reply"},
        {**_RECEIVED, "messageType": "list_reply", "message": RECEIVED},
    )
    type: Literal[EventType.MESSAGE_RECEIVED]
    data: StoredData


class MessageReactionEvent(EventBody):
    """Somebody reacted to a message, or took the reaction back."""

    model_config = example(
        EventType.MESSAGE_REACTION,
        {**_RECEIVED, "messageType": "reaction", "targetMessageId": "3EB0B8D7C6A5F4E3D2C1"},
    )
    type: Literal[EventType.MESSAGE_REACTION]
    data: StoredData


class MessageUndecryptableEvent(EventBody):
    """A message came that could not be decrypted; `message.received` follows when it can be read."""

    model_config = example(EventType.MESSAGE_UNDECRYPTABLE, {**_RECEIVED, "messageType": "undecryptable"})
    type: Literal[EventType.MESSAGE_UNDECRYPTABLE]
    data: StoredData


class MessageStatusEvent(EventBody):
    """A message moved on: it is being sent, was sent, delivered, read, played, or it failed."""

    model_config = example(
        EventType.MESSAGE_STATUS, {"id": _ID, "messageId": _MESSAGE_ID, "chatId": _CHAT_ID, "status": "read"}
    )
    type: Literal[EventType.MESSAGE_STATUS]
    data: StatusData


class MessageEditedEvent(EventBody):
    """A message has another text, or a better copy of its picture."""

    model_config = example(EventType.MESSAGE_EDITED, _CHANGED)
    type: Literal[EventType.MESSAGE_EDITED]
    data: ChangeData


class MessageDeletedEvent(EventBody):
    """A message was deleted for everyone; its content is gone."""

    model_config = example(EventType.MESSAGE_DELETED, _CHANGED)
    type: Literal[EventType.MESSAGE_DELETED]
    data: ChangeData


class MessageMovedEvent(EventBody):
    """A live location moved; its message holds the last position."""

    model_config = example(EventType.MESSAGE_MOVED, _CHANGED)
    type: Literal[EventType.MESSAGE_MOVED]
    data: ChangeData


class MessageMediaEvent(EventBody):
    """The file of a message can be read, or never will be."""

    model_config = example(
        EventType.MESSAGE_MEDIA,
        {
            "id": _ID,
            "messageId": _MESSAGE_ID,
            "chatId": _CHAT_ID,
            "mediaId": "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a94",
            "status": "available",
        },
    )
    type: Literal[EventType.MESSAGE_MEDIA]
    data: MediaData


class MessageLostEvent(EventBody):
    """A message was delivered to the gateway and died with a process before it was stored; only the phone shows it."""

    model_config = example(
        EventType.MESSAGE_LOST,
        {"messageId": _MESSAGE_ID, "chat": "184759302716485@lid", "sender": "184759302716485@lid"},
    )
    type: Literal[EventType.MESSAGE_LOST]
    data: LostData


class MessageUnprocessedEvent(EventBody):
    """Something came in and could not be processed; it is kept, and follows when the operator retries it."""

    model_config = example(
        EventType.MESSAGE_UNPROCESSED,
        {"kind": "message", "reason": "DecodeError", "chat": "184759302716485@lid", "messageId": _MESSAGE_ID},
    )
    type: Literal[EventType.MESSAGE_UNPROCESSED]
    data: UnprocessedData


class ChatReadEvent(EventBody):
    """A chat was read, on the phone or through the API."""

    model_config = example(EventType.CHAT_READ, {"chatId": _CHAT_ID})
    type: Literal[EventType.CHAT_READ]
    data: ChatData


class ChatsMergedEvent(EventBody):
    """Two chats turned out to be with one person, and are one now."""

    model_config = example(
        EventType.CHATS_MERGED, {"chatId": _CHAT_ID, "mergedChatId": "0198c7a5-9e8d-7c20-9a77-2e3f4a5b6c7d"}
    )
    type: Literal[EventType.CHATS_MERGED]
    data: MergedData


class ChatTakeoverEvent(EventBody):
    """A chat was taken over from the assistant, or handed back to it."""

    model_config = example(EventType.CHAT_TAKEOVER, {"chatId": _CHAT_ID, "takenOver": True})
    type: Literal[EventType.CHAT_TAKEOVER]
    data: TakeoverData


class HistoryProgressEvent(EventBody):
    """More of the history that the phone gave is imported; at most every three seconds."""

    model_config = example(EventType.HISTORY_PROGRESS, {"percent": 40, "chats": 61, "messages": 4200})
    type: Literal[EventType.HISTORY_PROGRESS]
    data: HistoryProgressData


class HistoryImportedEvent(EventBody):
    """The history that the phone gave is imported; once more where the phone sends more afterwards."""

    model_config = example(EventType.HISTORY_IMPORTED, {"complete": True, "chats": 100, "messages": 10000})
    type: Literal[EventType.HISTORY_IMPORTED]
    data: HistoryImportedData


class AssistantTurnEvent(EventBody):
    """The assistant decided: it replied, or it did not."""

    model_config = example(
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
        | MessageMovedEvent
        | MessageMediaEvent
        | MessageLostEvent
        | MessageUnprocessedEvent
        | ChatReadEvent
        | ChatsMergedEvent
        | ChatTakeoverEvent
        | ChatPresenceEvent
        | ContactPresenceEvent
        | HistoryProgressEvent
        | HistoryImportedEvent
        | GroupJoinedEvent
        | GroupChangedEvent
        | GroupParticipantsEvent
        | ContactUpdatedEvent
        | ContactsImportedEvent
        | AssistantTurnEvent,
        Field(discriminator="type"),
    ],
)
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def event_bodies() -> list[type[EventBody]]:
    """Return the body of each type of event."""
    annotated, _ = get_args(AnyEvent.__value__)
    return list(get_args(annotated))


def body_of(event: LoggedEvent, message: MessageBody | None = None) -> EventBody:
    """Return the body of the event's type, with its message; what another release wrote is shown as it is."""
    row = {
        "id": str(event.position),
        "type": event.type,
        "timestamp": event.created_at,
        "session_id": event.position.session_id,
        "user_profile_id": event.user_profile_id,
        "seq": event.seq,
        "data": {**event.data, "message": message} if message else event.data,
    }
    try:
        return _EVENTS.validate_python(row)
    except ValidationError:
        return EventBody.model_validate(row)
