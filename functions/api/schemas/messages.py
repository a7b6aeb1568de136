"""Messages as endpoints list and read them, and what is known of a send."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from gateway.domain.messages import MessageStatus
from gateway.schemas.base import ResponseBody
from gateway.schemas.messages import EXAMPLE, MESSAGE_ID, MessageBody, fields_of
from gateway.schemas.related import Related
from gateway.schemas.timeline import TimelineEntry, timeline_of
from gateway.store.messages import Message


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
