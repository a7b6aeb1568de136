"""The `data` of each type of event; what an event does not say is None."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.client.models import DeliveryStatus, Message, Model, State, StateReason, TurnState
from gateway.domain.groups import ParticipantChange
from gateway.domain.presence import TypingState


class SessionStateData(Model):
    """The new state; `until` is when the gateway tries again by itself."""

    status: State
    reason: StateReason | None = None
    detail: str | None = None
    until: datetime | None = None


class SessionQrData(Model):
    """Which code it is: one to scan until `expires_at`, or one to type, of `pairing_code`."""

    expires_at: datetime | None = None
    pairing_code: bool = False


class QueuedData(Model):
    """A message that waits: `id` is ours, `message` the message as it was when the event was read."""

    id: UUID
    chat_id: UUID
    message: Message | None = None


class StoredData(Model):
    """A message that was stored: `id` is ours, `message_id` WhatsApp's.

    `from_me`: whether the user wrote it, on another device. `target_message_id` is WhatsApp's id of the message that it
    is about. `message` is the message as it was when the event was read: None where it is gone, or was not asked for.
    """

    id: UUID
    message_id: str
    chat_id: UUID
    from_me: bool
    message_type: str
    target_message_id: str | None = None
    message: Message | None = None


class StatusData(Model):
    """The new status; `message_id` is None before it was sent, `error` says why it failed."""

    id: UUID
    message_id: str | None = None
    chat_id: UUID
    status: DeliveryStatus
    error: str | None = None
    message: Message | None = None


class ChangeData(Model):
    """The message that was changed; `change_id` is WhatsApp's id of the change itself."""

    id: UUID
    message_id: str
    chat_id: UUID
    change_id: str
    message: Message | None = None


class MediaData(Model):
    """A file and its message: `status` is `available` or `unavailable`, then `reason` says why."""

    id: UUID
    message_id: str | None = None
    chat_id: UUID
    media_id: UUID
    status: str
    reason: str | None = None
    message: Message | None = None


class LostData(Model):
    """What is known of a message that is lost; `chat` and `sender` are JIDs."""

    message_id: str
    chat: str
    sender: str


class UnprocessedData(Model):
    """What is known of it: `kind` is `message`, `receipt`, `undecryptable`, `group` or `picture`.

    `reason` is the kind of the error. `chat`, a JID, and `message_id` are there where they could be read.
    """

    kind: str
    reason: str
    chat: str | None = None
    message_id: str | None = None


class ChatData(Model):
    """The chat."""

    chat_id: UUID


class MergedData(Model):
    """Two chats that are one: `chat_id` stays, `merged_chat_id` is gone."""

    chat_id: UUID
    merged_chat_id: UUID


class TakeoverData(Model):
    """The chat, and whether a person answers in it from now on."""

    chat_id: UUID
    taken_over: bool


class ChatPresenceData(Model):
    """Who, by the JID, does what in a chat: `state` is `typing`, `recording` or `paused`."""

    chat_id: UUID
    participant: str
    state: TypingState | str


class ContactPresenceData(Model):
    """The chat with a person, and whether the person is online; `last_seen_at` where the person shows it."""

    chat_id: UUID
    online: bool
    last_seen_at: datetime | None = None


class HistoryProgressData(Model):
    """What of the phone's history is imported so far; `percent` as the phone counts."""

    percent: int
    chats: int
    messages: int


class HistoryImportedData(Model):
    """What of the phone's history was imported; `complete`: all came that the phone announced."""

    complete: bool
    chats: int
    messages: int


class GroupJoinedData(Model):
    """The group's chat, and the JID of who made that the number is in it."""

    chat_id: UUID
    by: str | None = None


class GroupChangedData(Model):
    """What is new in a group; `by` is the JID of who did it, where WhatsApp tells."""

    chat_id: UUID
    subject: str | None = None
    description: str | None = None
    announcement: bool | None = None
    locked: bool | None = None
    disappearing_seconds: int | None = None
    new_invite_link: bool | None = None
    new_picture: bool | None = None
    deleted: bool | None = None
    by: str | None = None


class GroupParticipantsData(Model):
    """People, by their JIDs: `change` is `joined`, `left`, `promoted` or `demoted`."""

    chat_id: UUID
    change: ParticipantChange | str
    participants: tuple[str, ...]
    by: str | None = None


class ContactUpdatedData(Model):
    """The contact, by its chat and its JID, and what is known of it now."""

    chat_id: UUID
    jid: str
    blocked: bool
    name: str | None = None
    new_picture: bool | None = None


class ContactsImportedData(Model):
    """How many contacts came, or have changed."""

    count: int


class TurnData(Model):
    """The turn: `reason` says why the assistant did not reply; `chat_id` is None of a trial."""

    turn_id: UUID
    status: TurnState
    reason: str | None = None
    chat_id: UUID | None = None
