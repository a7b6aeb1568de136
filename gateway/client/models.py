"""What the API returns, typed."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, PrivateAttr
from pydantic.alias_generators import to_camel

from gateway.client.reading import ReadBy, reader
from gateway.domain import content
from gateway.domain.documents import details_from, quote_from, to_document
from gateway.domain.messages import MessageStatus, Origin
from gateway.domain.sessions import DesiredState, Reason, SessionState
from gateway.domain.turns import TurnStatus

# A value that is newer than this client is a plain string.
State = Annotated[SessionState | str, Field(union_mode="left_to_right")]
DeliveryStatus = Annotated[MessageStatus | str, Field(union_mode="left_to_right")]
StateReason = Annotated[Reason | str, Field(union_mode="left_to_right")]
# Made of JSON, or given as they are; what is newer than this client is None.
Details = Annotated[
    content.Details | None,
    PlainValidator(lambda value: value if isinstance(value, get_args(content.Details)) else details_from(value)),
    PlainSerializer(to_document),
]
Quote = Annotated[
    content.Quote | None,
    PlainValidator(lambda value: value if isinstance(value, content.Quote) else quote_from(value)),
    PlainSerializer(to_document),
]
TurnState = Annotated[TurnStatus | str, Field(union_mode="left_to_right")]
Author = Annotated[Origin | str, Field(union_mode="left_to_right")]


class Model(BaseModel):
    """An immutable part of a response; fields that are newer than this client are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class HistoryImport(Model):
    """How far the history of the phone is imported; `complete`, once `finished`: all came that the phone announced."""

    percent: int
    chats: int
    messages: int
    finished: bool
    complete: bool | None = None


class SessionInfo(Model):
    """A session as it was when it was read.

    `status` is `disconnected`, `connecting`, `qr_pending`, `connected` or `logged_out`. `reason` (for programs) and
    `reason_detail` (for people) say why, where the status alone does not. `phone_number` is the linked number.
    `desired_state` is what the user asked for, which the gateway works towards. `external_id` and `metadata` are the
    caller's own; `user_profile_id` is whose session it is. `media_policy` limits which files are fetched. `history` is
    what a phone is asked for when it is linked, at most `history_days` back; `history_import` how far that has come.
    `presence` is when the number is available: `off`, `on_request` or `available`.
    """

    id: UUID
    user_profile_id: UUID | None = None
    session_name: str
    status: State
    reason: StateReason | None = None
    reason_detail: str | None = None
    phone_number: str | None = None
    desired_state: DesiredState | str | None = None
    external_id: str | None = None
    metadata: dict[str, str] = {}
    media_policy: dict[str, Any] | None = None
    history: str | None = None
    history_days: int | None = None
    history_import: HistoryImport | None = None
    presence: str | None = None
    last_connected_at: datetime | None = None
    last_disconnected_at: datetime | None = None
    created_at: datetime
    updated_at: datetime | None = None


class Status(Model):
    """The state of a session's connection, and what links its number.

    - `status`, `reason`, `reason_detail`, `phone_number`: as in SessionInfo.
    - `qr_code`: a PNG as a data URL, to be scanned under Linked devices; `qr_text`: its text, for those who draw it
      themselves. A new one follows at `qr_expires_at`.
    - `pairing_code`: what to type on the phone until `pairing_code_expires_at`, where `connect` was given its number.
    - `queue_position`: the place among those who wait for a code, while `reason` is `waiting_to_link`; 1 is the next.
    - `retry_at`: when the gateway tries again by itself, such as after a temporary ban.
    - `history_import`: how far the history has come that the phone was asked for.
    """

    status: State
    reason: StateReason | None = None
    reason_detail: str | None = None
    phone_number: str | None = None
    qr_code: str | None = None
    qr_text: str | None = None
    qr_expires_at: datetime | None = None
    pairing_code: str | None = None
    pairing_code_expires_at: datetime | None = None
    queue_position: int | None = None
    retry_at: datetime | None = None
    history_import: HistoryImport | None = None

    @property
    def qr_png(self) -> bytes | None:
        """The QR code as the bytes of a PNG file."""
        return base64.b64decode(self.qr_code.partition(",")[2]) if self.qr_code else None


class TimelineEntry(Model):
    """When a message reached a status, or was `edited` or `deleted`; `detail` says why it `failed`."""

    status: DeliveryStatus
    at: datetime
    detail: str | None = None


class Attempt(Model):
    """An attempt to send that failed, before the message was sent again; `error_detail` is for people."""

    queued_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None
    error_detail: str | None = None


class Edit(Model):
    """A text that a message had before it was edited, and when it got it."""

    content: str | None = None
    at: datetime


class Mention(Model):
    """A person who is mentioned; `name` is that of the chat with them, None where there is none."""

    jid: str
    lid: str | None = None
    phone_number: str | None = None
    name: str | None = None


class Deleter(Model):
    """Who deleted a message for everyone: its author, or an admin of the group."""

    from_me: bool
    lid: str | None = None
    phone_number: str | None = None


class Reaction(Model):
    """A person's reaction to a message: the last one of each person."""

    emoji: str
    from_me: bool
    sender_phone_number: str | None = None
    sender_lid: str | None = None
    push_name: str | None = None
    timestamp: datetime


class Message(Model):
    """A message of any type, received or sent.

    - `id`: ours, by which it is read; `message_id`: WhatsApp's, None until it was sent.
    - `remote_jid`: the JID of the chat, `chat_name` its name. `chat_phone_number`, `chat_lid`, `sender_phone_number`,
      `sender_lid`: as far as they are known. `push_name`: how the sender calls themselves.
    - `from_me`: whether it was sent by the session's number; `origin`: by whom (`contact`, `phone`, `api`, `ai`), or
      `history`: it came with the chats from before the link.
      `automated`: through the API by a program, not by a person.
    - `message_type`: `text`, `image`, …; `content`: the text or caption, None where there is none or it was deleted.
      `media`, `location`: what is known of an attachment or place.
    - `status`: `received`; or `queued`, `sending`, `sent`, `delivered`, `read`, `played`, `failed`, `unknown` (it may
      have been sent, which a receipt will tell). `error`, `error_detail`: why it failed, for programs and for people.
    - `details`: what the kind holds beside: `Template`, `Choice`, `Contacts`, `Poll` and others of
      `gateway.domain.content`. None where there is nothing, and for kinds that are newer than this client.
    - `quoted_message_id`: WhatsApp's id of the message it replies to; `quote`: what the reply itself shows of it, with
      text and sender; `target_message_id`: the id of the one that a reaction, vote or part belongs to. `quoted_id`,
      `target_id`: our ids of these messages, None where they are not stored.
    - `forwarded`, `frequently_forwarded`: the marks that phones show. `mentions`: who is mentioned. `edits`: its
      earlier texts, oldest first. `deleted_by`: who deleted it at `deleted_at`.
    - `turn_id`: the assistant's turn that sent it. `reactions`: those to this message, oldest first.
      `earlier_attempts`: how it failed before it was sent again; `queued_at`: when it was queued last.
    - `timeline`: only of a message that was read by its id.
    """

    id: UUID
    session_id: UUID
    chat_id: UUID
    message_id: str | None = None
    remote_jid: str
    from_me: bool
    message_type: str
    content: str | None = None
    media_url: str | None = None
    status: DeliveryStatus
    timestamp: datetime
    created_at: datetime
    origin: Author | None = None
    automated: bool = False
    chat_phone_number: str | None = None
    chat_lid: str | None = None
    sender_phone_number: str | None = None
    sender_lid: str | None = None
    push_name: str | None = None
    chat_name: str | None = None
    quoted_message_id: str | None = None
    quoted_id: UUID | None = None
    target_message_id: str | None = None
    target_id: UUID | None = None
    turn_id: UUID | None = None
    location: dict[str, Any] | None = None
    media: dict[str, Any] | None = None
    details: Details = None
    quote: Quote = None
    error: str | None = None
    error_detail: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    mentions: tuple[Mention, ...] = ()
    edits: tuple[Edit, ...] = ()
    deleted_by: Deleter | None = None
    reactions: tuple[Reaction, ...] = ()
    earlier_attempts: tuple[Attempt, ...] = ()
    queued_at: datetime | None = None
    failed_at: datetime | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    timeline: tuple[TimelineEntry, ...] | None = None
    _read_by: ReadBy = PrivateAttr(default_factory=reader)

    @property
    def file_id(self) -> str:
        """The id of its file. Raise ValueError where there is none."""
        if not (media_id := (self.media or {}).get("id")):
            raise ValueError("The message has no file.")
        return str(media_id)

    def download(self) -> bytes:
        """Return the file of a message that a `Gateway` has read; raise what `Session.download` does."""
        return self._read_by.download(self.session_id, self.file_id)

    async def download_async(self) -> bytes:
        """Return the file of a message that an `AsyncGateway` has read; raise what `AsyncSession.download` does."""
        return await self._read_by.download_async(self.session_id, self.file_id)


class Sent(Model):
    """The outcome of a send.

    `status` is `sent` once WhatsApp has the message, `queued` or `sending` before, and `unknown` when it may have been
    sent. `id` is ours, `message_id` WhatsApp's.
    """

    id: UUID
    message_id: str | None = None
    status: DeliveryStatus


class UploadForm(Model):
    """A form of S3: POST the `fields`, then the file as `file`, to `url`, and send the file by its `id`."""

    id: UUID
    url: str
    fields: dict[str, str]
    max_bytes: int
