"""Events: one envelope, and a class for each type, told apart by its `data`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from gateway.client.event_data import (
    ChangeData,
    ChatData,
    ChatPresenceData,
    ContactPresenceData,
    ContactsImportedData,
    ContactUpdatedData,
    GroupChangedData,
    GroupJoinedData,
    GroupParticipantsData,
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
from gateway.client.models import Model
from gateway.domain.events import EventType

# A value that is newer than this client is a plain string.
EventKind = Annotated[EventType | str, Field(union_mode="left_to_right")]


class Event(Model):
    """Something that happened in a session.

    `id` is the same for all who read it, and the cursor of what comes after it; `seq` is its number in the log of its
    session, which grows, with gaps. Each type that this client knows has a class of its own, with typed `data`; an
    event of any other is an Event, its `data` as the API sent it.
    """

    id: str
    type: EventKind
    timestamp: datetime
    session_id: UUID
    user_profile_id: UUID
    seq: int
    data: Any


class SessionStateEvent(Event):
    """The session changed its state, or the reason for it."""

    data: SessionStateData


class SessionQrEvent(Event):
    """A code that links a phone is in the session's status."""

    data: SessionQrData


class MessageQueuedEvent(Event):
    """A message waits to be sent."""

    data: QueuedData


class MessageReceivedEvent(Event):
    """A message came in, or was written on another device of the user."""

    data: StoredData


class MessageReactionEvent(Event):
    """Somebody reacted to a message, or took the reaction back."""

    data: StoredData


class MessageUndecryptableEvent(Event):
    """A message came that could not be decrypted; a MessageReceivedEvent follows when it can be read."""

    data: StoredData


class MessageStatusEvent(Event):
    """A message moved on, or failed."""

    data: StatusData


class MessageEditedEvent(Event):
    """A message has another text, or a better copy of its picture."""

    data: ChangeData


class MessageDeletedEvent(Event):
    """A message was deleted for everyone; its content is gone."""

    data: ChangeData


class MessageMovedEvent(Event):
    """A live location moved; its message holds the last position."""

    data: ChangeData


class MessageMediaEvent(Event):
    """The file of a message can be read, or never will be."""

    data: MediaData


class MessageLostEvent(Event):
    """A message died with a process before it was stored; only the phone shows it."""

    data: LostData


class MessageUnprocessedEvent(Event):
    """Something came in that could not be processed; it follows when the operator retries it."""

    data: UnprocessedData


class ChatReadEvent(Event):
    """A chat was read, on the phone or through the API."""

    data: ChatData


class ChatsMergedEvent(Event):
    """Two chats turned out to be with one person, and are one now."""

    data: MergedData


class ChatTakeoverEvent(Event):
    """A chat was taken over from the assistant, or handed back to it."""

    data: TakeoverData


class ChatPresenceEvent(Event):
    """Somebody types or records in a chat, or stopped to; only of sessions that are available."""

    data: ChatPresenceData


class ContactPresenceEvent(Event):
    """Somebody whose presence was asked for came online, or went."""

    data: ContactPresenceData


class HistoryProgressEvent(Event):
    """More of the history that the phone gave is imported."""

    data: HistoryProgressData


class HistoryImportedEvent(Event):
    """The history that the phone gave is imported; once more where the phone sends more afterwards."""

    data: HistoryImportedData


class GroupJoinedEvent(Event):
    """The number is in a group now: it made it, was added, or came by a link."""

    data: GroupJoinedData


class GroupChangedEvent(Event):
    """Something that describes a group was changed, or the group was deleted."""

    data: GroupChangedData


class GroupParticipantsEvent(Event):
    """Somebody joined or left a group, or got another role."""

    data: GroupParticipantsData


class ContactUpdatedEvent(Event):
    """A contact is called otherwise now, is new in the phone's address book, or blocked, or has another picture."""

    data: ContactUpdatedData


class ContactsImportedEvent(Event):
    """Many contacts came from the phone's address book, or have changed at once."""

    data: ContactsImportedData


class AssistantTurnEvent(Event):
    """The assistant replied, or did not."""

    data: TurnData


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
    EventType.MESSAGE_MOVED: MessageMovedEvent,
    EventType.MESSAGE_MEDIA: MessageMediaEvent,
    EventType.MESSAGE_LOST: MessageLostEvent,
    EventType.MESSAGE_UNPROCESSED: MessageUnprocessedEvent,
    EventType.CHAT_READ: ChatReadEvent,
    EventType.CHATS_MERGED: ChatsMergedEvent,
    EventType.CHAT_TAKEOVER: ChatTakeoverEvent,
    EventType.CHAT_PRESENCE: ChatPresenceEvent,
    EventType.CONTACT_PRESENCE: ContactPresenceEvent,
    EventType.HISTORY_PROGRESS: HistoryProgressEvent,
    EventType.HISTORY_IMPORTED: HistoryImportedEvent,
    EventType.GROUP_JOINED: GroupJoinedEvent,
    EventType.GROUP_CHANGED: GroupChangedEvent,
    EventType.GROUP_PARTICIPANTS: GroupParticipantsEvent,
    EventType.CONTACT_UPDATED: ContactUpdatedEvent,
    EventType.CONTACTS_IMPORTED: ContactsImportedEvent,
    EventType.ASSISTANT_TURN: AssistantTurnEvent,
}


def event_of(document: Mapping[str, Any]) -> Event:
    """Return the event of a JSON object of the API, as the class of its type. Raise pydantic's ValidationError.

    >>> from gateway.client import event_of
    >>> where = {"sessionId": session.id, "userProfileId": session.info.user_profile_id, "seq": 1}
    >>> what = {"type": "chat.waved", "timestamp": "2026-08-21T09:40:05.120Z", "data": {}}
    >>> event_of({"id": "AAAAAAAADI0B", **where, **what}).type
    'chat.waved'
    """
    event = Event.model_validate(document)
    try:
        return CLASSES.get(event.type, Event).model_validate(document)
    except ValidationError:  # of another release than this client
        return event
