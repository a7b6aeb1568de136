"""Messages to send, and as endpoints list and read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.messages import MAX_TEXT_CHARACTERS, MessageStatus
from gateway.schemas.base import Moment, RequestBody, ResponseBody
from gateway.schemas.messages import EXAMPLE, MESSAGE_ID, MessageBody, RelatedIds, fields_of
from gateway.store.messages import Message


class SendMessage(RequestBody):
    """A text to send."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "+4915112345678", "text": "The plumber comes on Tuesday."}]}
    )

    to: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            description="A phone number with its country code, the JID of a person or group, or the id of a chat.",
        ),
    ]
    text: Annotated[
        str,
        Field(
            description=f"At most {MAX_TEXT_CHARACTERS} characters.",
            json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT_CHARACTERS},
        ),
    ]
    # Left out of fingerprints where it is false: requests of before it existed stay the same.
    automated: Annotated[
        bool,
        Field(
            exclude_if=lambda automated: not automated,
            description="A program sends it, not a person: the assistant goes on answering in the chat.",
        ),
    ] = False


class SentBody(ResponseBody):
    """WhatsApp has the message."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": MESSAGE_ID, "messageId": "3EB0A9C1F2D4E5B6A7C8", "status": "sent"}]}
    )

    id: UUID
    message_id: str | None
    status: Literal["sent"] = "sent"


class AcceptedBody(ResponseBody):
    """The message is stored; `unknown` means that it may have been sent, and a receipt will tell."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": MESSAGE_ID, "status": "queued"}]})

    id: UUID
    message_id: str | None = None
    status: MessageStatus


class TimelineEntry(ResponseBody):
    """When a message reached a state, was edited or was deleted."""

    status: Literal["received", "queued", "sent", "delivered", "read", "played", "failed", "edited", "deleted"]
    at: Moment


class MessageDetail(MessageBody):
    """A message with the times of its life, in the order of its states."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE,
                    "timeline": [
                        {"status": "queued", "at": "2026-08-21T09:40:01.912Z"},
                        {"status": "sent", "at": "2026-08-21T09:40:02.000Z"},
                        {"status": "delivered", "at": "2026-08-21T09:40:03.000Z"},
                    ],
                }
            ]
        }
    )

    timeline: list[TimelineEntry]

    @classmethod
    def of(cls, message: Message, ids: RelatedIds) -> MessageDetail:
        return cls(**fields_of(message, ids), timeline=_timeline(message))


class MessagePage(ResponseBody):
    """Newest first."""

    messages: list[MessageBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


def _timeline(message: Message) -> list[TimelineEntry]:
    times: list[tuple[str, datetime | None]] = [
        ("received", None if message.from_me else message.timestamp),
        ("queued", message.queued_at),
        ("sent", message.sent_at),
        ("delivered", message.delivered_at),
        ("read", message.read_at),
        ("played", message.played_at),
        ("failed", message.failed_at),
        ("edited", message.edited_at),
        ("deleted", message.deleted_at),
    ]
    known = [(status, at) for status, at in times if at is not None]
    return [TimelineEntry.model_validate({"status": status, "at": at}) for status, at in known]
