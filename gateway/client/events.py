"""The entries of a session's event log: a class for each type of event, whose fields are what its `data` holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError, model_validator

from gateway.client.models import DeliveryStatus, Model, State, StateReason, TurnState
from gateway.domain.events import EventType

# A value that is newer than this client is a plain string.
EventKind = Annotated[EventType | str, Field(union_mode="left_to_right")]


class Event(Model):
    """Something that happened in a session: `seq` is its number, which grows, with gaps.

    Each type that this client knows has a class of its own, whose fields are those of `data`; an event of any other is
    an Event and nothing more. `data` is what the API sent: ids and states, never texts.
    """

    seq: int
    type: EventKind
    data: dict[str, Any]
    created_at: datetime

    @model_validator(mode="before")
    @classmethod
    def _with_data(cls, document: Any) -> Any:  # noqa: ANN401
        """Let the fields of `data` be fields of the event."""
        return {**document["data"], **document} if isinstance(document, dict) and "data" in document else document


class SessionStateEvent(Event):
    """The session changed its state, or the reason for it; `until` is when the gateway tries again by itself."""

    status: State
    reason: StateReason | None = None
    detail: str | None = None
    until: datetime | None = None


class SessionQrEvent(Event):
    """A code is in the session's status: one to scan until `expires_at`, or one to type, of `pairing_code`."""

    expires_at: datetime | None = None
    pairing_code: bool = False


class MessageQueuedEvent(Event):
    """A message waits to be sent."""

    id: UUID
    chat_id: UUID


class StoredMessageEvent(Event):
    """What the three events of a message that was stored have in common.

    `id` is ours, `message_id` WhatsApp's. `from_me`: whether the user wrote it, on another device. `target_message_id`
    is WhatsApp's id of the message that it is about.
    """

    id: UUID
    message_id: str
    chat_id: UUID
    from_me: bool
    message_type: str
    target_message_id: str | None = None


class MessageReceivedEvent(StoredMessageEvent):
    """A message came in, or was written on another device of the user."""


class MessageReactionEvent(StoredMessageEvent):
    """Somebody reacted to a message, or took the reaction back."""


class MessageUndecryptableEvent(StoredMessageEvent):
    """A message came that could not be decrypted; a MessageReceivedEvent follows when it can be read."""


class MessageStatusEvent(Event):
    """A message moved on; `message_id` is None before it was sent, `error` says why it failed."""

    id: UUID
    message_id: str | None = None
    chat_id: UUID
    status: DeliveryStatus
    error: str | None = None


class ChangedMessageEvent(Event):
    """What the events of changed messages have in common; `change_id` is WhatsApp's id of the change itself."""

    id: UUID
    message_id: str
    chat_id: UUID
    change_id: str


class MessageEditedEvent(ChangedMessageEvent):
    """A message has another text, or a better copy of its picture."""


class MessageDeletedEvent(ChangedMessageEvent):
    """A message was deleted for everyone; its content is gone."""


class MessageLostEvent(Event):
    """A message died with a process before it was stored; `chat` and `sender` are JIDs. Only the phone shows it."""

    message_id: str
    chat: str
    sender: str


class MessageUnprocessedEvent(Event):
    """Something came in that could not be processed: `kind` is `message`, `receipt` or `undecryptable`.

    `reason` is the kind of the error; `chat`, a JID, and `message_id` are there where they could be read. It is kept,
    and follows as what it is when the operator retries it.
    """

    kind: str
    reason: str
    chat: str | None = None
    message_id: str | None = None


class ChatReadEvent(Event):
    """A chat was read, on the phone or through the API."""

    chat_id: UUID


class ChatsMergedEvent(Event):
    """Two chats are one now: `chat_id` stays, `merged_chat_id` is gone."""

    chat_id: UUID
    merged_chat_id: UUID


class ChatTakeoverEvent(Event):
    """A chat was taken over from the assistant, or handed back to it."""

    chat_id: UUID
    taken_over: bool


class AssistantTurnEvent(Event):
    """The assistant replied, or did not: `reason` says why not; `chat_id` is None of a trial."""

    turn_id: UUID
    status: TurnState
    reason: str | None = None
    chat_id: UUID | None = None


CLASSES: Mapping[str, type[Event]] = {
    EventType.SESSION_STATE: SessionStateEvent,
    EventType.SESSION_QR: SessionQrEvent,
    EventType.MESSAGE_QUEUED: MessageQueuedEvent,
    EventType.MESSAGE_RECEIVED: MessageReceivedEvent,
    EventType.MESSAGE_STATUS: MessageStatusEvent,
    EventType.MESSAGE_EDITED: MessageEditedEvent,
    EventType.MESSAGE_DELETED: MessageDeletedEvent,
    EventType.MESSAGE_REACTION: MessageReactionEvent,
    EventType.MESSAGE_UNDECRYPTABLE: MessageUndecryptableEvent,
    EventType.MESSAGE_LOST: MessageLostEvent,
    EventType.MESSAGE_UNPROCESSED: MessageUnprocessedEvent,
    EventType.CHAT_READ: ChatReadEvent,
    EventType.CHATS_MERGED: ChatsMergedEvent,
    EventType.CHAT_TAKEOVER: ChatTakeoverEvent,
    EventType.ASSISTANT_TURN: AssistantTurnEvent,
}


def event_of(document: Mapping[str, Any]) -> Event:
    """Return the event of a JSON object of the API, as the class of its type. Raise pydantic's ValidationError.

    >>> from gateway.client import event_of
    >>> event_of({"seq": 1, "type": "chat.waved", "data": {}, "createdAt": "2026-08-21T09:40:05.120Z"}).type
    'chat.waved'
    """
    event = Event.model_validate(document)
    try:
        return CLASSES.get(event.type, Event).model_validate(document)
    except ValidationError:  # of another release than this client
        return event
