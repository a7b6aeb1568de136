"""Messages to send, and as endpoints list and read them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.messages import MAX_TEXT_CHARACTERS, MessageStatus
from gateway.schemas.base import RequestBody, ResponseBody
from gateway.schemas.messages import EXAMPLE, MESSAGE_ID, MessageBody, fields_of
from gateway.schemas.related import Related
from gateway.schemas.timeline import TimelineEntry, timeline_of
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


class MessageDetail(MessageBody):
    """A message with the times of its life, in the order of its states, after its attempts that failed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **EXAMPLE,
                    "timeline": [
                        {"status": "queued", "at": "2026-08-21T09:40:01.912Z", "detail": None},
                        {"status": "sent", "at": "2026-08-21T09:40:02.000Z", "detail": None},
                        {"status": "delivered", "at": "2026-08-21T09:40:03.000Z", "detail": None},
                    ],
                }
            ]
        }
    )

    timeline: list[TimelineEntry]

    @classmethod
    def of(cls, message: Message, related: Related) -> MessageDetail:
        return cls(**fields_of(message, related), timeline=timeline_of(message))


class MessagePage(ResponseBody):
    """Newest first."""

    messages: list[MessageBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")
