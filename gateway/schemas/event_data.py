"""The `data` of each type of event; what it does not say is left out."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from gateway.domain.groups import ParticipantChange
from gateway.domain.media import MediaState
from gateway.domain.messages import MessageStatus
from gateway.domain.presence import TypingState
from gateway.domain.sessions import Reason, SessionState
from gateway.domain.turns import TurnStatus
from gateway.schemas.base import Moment, ResponseBody
from gateway.schemas.messages import MessageBody

RowId = Annotated[UUID, Field(description="Our id of the message, by which it is read.")]
WhatsAppId = Annotated[str, Field(description="WhatsApp's id of the message.")]
ChatId = Annotated[UUID, Field(description="The chat it is in.")]


Shown = Annotated[
    MessageBody | None,
    Field(
        description="The message as it is now, as in `GET …/messages`; not with `payload=ids`, and not when gone.",
        exclude_if=lambda message: message is None,
    ),
]


def _left_out(description: str | None = None) -> Any:  # noqa: ANN401 (as pydantic's Field)
    return Field(None, description=description, exclude_if=lambda value: value is None)


class SessionStateData(ResponseBody):
    """The new state, and why where the state alone does not say it."""

    status: SessionState
    reason: Reason | None = _left_out()
    detail: str | None = _left_out("What WhatsApp said, where it said something.")
    until: Moment | None = _left_out("When the gateway tries again by itself.")


class SessionQrData(ResponseBody):
    """Which of the two codes it is; the code itself is in the session's status."""

    expires_at: Moment | None = _left_out("Of a QR code: until when it can be scanned.")
    pairing_code: Literal[True] | None = _left_out("It is a code to type on the phone.")


class QueuedData(ResponseBody):
    """The message and its chat."""

    id: RowId
    chat_id: ChatId
    message: Shown = None


class StoredData(ResponseBody):
    """The message that was stored; read it by its `id`."""

    id: RowId
    message_id: WhatsAppId
    chat_id: ChatId
    from_me: bool = Field(description="Whether the user wrote it, on another device.")
    message_type: str
    target_message_id: str | None = _left_out("WhatsApp's id of the message that it is about.")
    message: Shown = None


class StatusData(ResponseBody):
    """The message and its new status."""

    id: RowId
    message_id: str | None = _left_out("WhatsApp's id of the message; none before it was sent.")
    chat_id: ChatId
    status: MessageStatus
    error: str | None = _left_out("Why it failed, as in the message.")
    message: Shown = None


class ChangeData(ResponseBody):
    """The message that was changed."""

    id: RowId
    message_id: WhatsAppId
    chat_id: ChatId
    change_id: str = Field(description="WhatsApp's id of the change itself.")
    message: Shown = None


class MediaData(ResponseBody):
    """The file and its message."""

    id: RowId
    message_id: str | None = _left_out("WhatsApp's id of the message.")
    chat_id: ChatId
    media_id: UUID = Field(description="The file, by which it is read.")
    status: MediaState
    reason: str | None = _left_out("Why it will never be available.")
    message: Shown = None


class LostData(ResponseBody):
    """What is known of it."""

    message_id: WhatsAppId
    chat: str = Field(description="The JID of the chat.")
    sender: str = Field(description="The JID of who wrote it.")


class UnprocessedData(ResponseBody):
    """What is known of it."""

    kind: str = Field(description="`message`, `receipt`, `undecryptable`, `group`, `picture` or `history`.")
    reason: str = Field(description="The kind of the error, for the operator.")
    chat: str | None = _left_out("The JID of the chat, where it could be read.")
    message_id: str | None = _left_out("WhatsApp's id, where it could be read.")


class ChatData(ResponseBody):
    """The chat."""

    chat_id: UUID


class MergedData(ResponseBody):
    """Both chats."""

    chat_id: UUID = Field(description="The chat that stays; it has the messages of both.")
    merged_chat_id: UUID = Field(description="The chat that is gone; its id still finds the other.")


class TakeoverData(ResponseBody):
    """The chat, and who answers in it."""

    chat_id: UUID
    taken_over: bool = Field(description="Whether a person answers from now on, else the assistant.")


class ChatPresenceData(ResponseBody):
    """Who does what, in which chat."""

    chat_id: UUID
    participant: str = Field(description="The JID of the person.")
    state: TypingState


class ContactPresenceData(ResponseBody):
    """The chat with the person, and whether the person is online."""

    chat_id: UUID
    online: bool
    last_seen_at: Moment | None = _left_out("When the person was online last, where it is shown.")


class HistoryProgressData(ResponseBody):
    """What has been imported so far."""

    percent: int = Field(description="As the phone counts.")
    chats: int
    messages: int


class HistoryImportedData(ResponseBody):
    """What was imported."""

    complete: bool = Field(description="Whether all came that the phone announced.")
    chats: int
    messages: int


_BY = "The JID of who did it, where WhatsApp tells."


class GroupJoinedData(ResponseBody):
    """The group's chat, and who made that the number is in it."""

    chat_id: UUID
    by: str | None = _left_out(_BY)


class GroupChangedData(ResponseBody):
    """What is new."""

    chat_id: UUID
    subject: str | None = _left_out()
    description: str | None = _left_out("Empty where it was removed.")
    announcement: bool | None = _left_out("Whether only admins may write.")
    locked: bool | None = _left_out("Whether only admins may change what describes it.")
    disappearing_seconds: int | None = _left_out("After how long messages disappear; 0: never.")
    new_invite_link: Literal[True] | None = _left_out("The link before leads nowhere.")
    new_picture: Literal[True] | None = _left_out("It has another picture, or none.")
    deleted: Literal[True] | None = _left_out("It is no more.")
    by: str | None = _left_out(_BY)


class GroupParticipantsData(ResponseBody):
    """Who came, went, or got another role."""

    chat_id: UUID
    change: ParticipantChange
    participants: list[str] = Field(description="Their JIDs, perhaps the number's own.")
    by: str | None = _left_out(_BY)


class ContactUpdatedData(ResponseBody):
    """The contact as it is now."""

    chat_id: UUID
    jid: str
    name: str | None = _left_out("Its best name, where one is known.")
    blocked: bool
    new_picture: Literal[True] | None = _left_out("It has another picture, or none, or hides it.")


class ContactsImportedData(ResponseBody):
    """How many."""

    count: int


class TurnData(ResponseBody):
    """The turn and how it ended."""

    turn_id: UUID
    status: TurnStatus
    reason: str | None = _left_out("Why it was skipped, or failed.")
    chat_id: UUID | None = _left_out("None of a trial.")
