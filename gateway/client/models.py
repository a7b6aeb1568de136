"""What the API answers, typed. Fields that are newer than this client are ignored."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway.domain.events import EventType
from gateway.domain.messages import MessageStatus, Origin
from gateway.domain.sessions import DesiredState, Reason, SessionState

# A value that is newer than this client stays a plain string.
State = Annotated[SessionState | str, Field(union_mode="left_to_right")]
Delivery = Annotated[MessageStatus | str, Field(union_mode="left_to_right")]
Why = Annotated[Reason | str, Field(union_mode="left_to_right")]
EventKind = Annotated[EventType | str, Field(union_mode="left_to_right")]
Author = Annotated[Origin | str, Field(union_mode="left_to_right")]


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class SessionInfo(Model):
    """A session as it was when it was asked for."""

    id: UUID
    session_name: str
    status: State
    reason: Why | None = None
    reason_detail: str | None = None
    phone_number: str | None = None
    desired_state: DesiredState | str | None = None
    last_connected_at: datetime | None = None
    last_disconnected_at: datetime | None = None
    created_at: datetime
    updated_at: datetime | None = None


class Status(Model):
    """Where a connection stands; `qr_code` is a PNG as a data URL, `qr_text` what a phone reads in it."""

    status: State
    reason: Why | None = None
    reason_detail: str | None = None
    phone_number: str | None = None
    qr_code: str | None = None
    qr_text: str | None = None
    qr_expires_at: datetime | None = None
    pairing_code: str | None = None
    retry_at: datetime | None = None

    @property
    def qr_png(self) -> bytes | None:
        """The QR code as the bytes of a PNG file."""
        return base64.b64decode(self.qr_code.partition(",")[2]) if self.qr_code else None


class TimelineEntry(Model):
    """A moment in the life of a message, also `edited` and `deleted`."""

    status: Delivery
    at: datetime


class Message(Model):
    """A message of either direction; `timeline` comes only with a single message."""

    id: UUID
    session_id: UUID
    chat_id: UUID
    message_id: str | None = None
    remote_jid: str
    from_me: bool
    message_type: str
    content: str | None = None
    media_url: str | None = None
    status: Delivery
    timestamp: datetime
    created_at: datetime
    origin: Author | None = None
    chat_phone_number: str | None = None
    chat_lid: str | None = None
    sender_phone_number: str | None = None
    sender_lid: str | None = None
    push_name: str | None = None
    quoted_message_id: str | None = None
    target_message_id: str | None = None
    location: dict[str, Any] | None = None
    media: dict[str, Any] | None = None
    error: str | None = None
    error_detail: str | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    timeline: tuple[TimelineEntry, ...] | None = None


class Sent(Model):
    """What became of a send: `sent`, or `queued` when it was not confirmed within the wait."""

    id: UUID
    message_id: str | None = None
    status: Delivery


class Chat(Model):
    """A conversation, whichever address its messages came by."""

    id: UUID
    kind: str
    jid: str
    phone_number: str | None = None
    lid: str | None = None
    name: str | None = None
    unread_count: int = 0
    last_message: Message | None = None
    last_message_at: datetime | None = None


class Event(Model):
    """An entry of a session's event log; `seq` grows, with gaps."""

    seq: int
    type: EventKind
    data: dict[str, Any]
    created_at: datetime


class Check(Model):
    """One part that the API needs."""

    status: str
    latency_ms: float


class Health(Model):
    """`checks` by the name of the part: database, queues."""

    status: str
    version: str
    checks: dict[str, Check]
