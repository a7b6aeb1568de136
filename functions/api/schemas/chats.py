"""Chats as the API shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from functions.api.schemas.pictures import EXAMPLE_URL, KnownPicture, PictureUrl, picture_fields
from gateway.schemas.base import Moment, RequestBody, ResponseBody, shown
from gateway.schemas.messages import EXAMPLE, MessageBody
from gateway.schemas.related import Related
from gateway.store.chats import Chat
from gateway.store.messages import Message

ChatKind = Literal["user", "group", "broadcast", "status", "newsletter", "other"]


class ChatBody(ResponseBody):
    """One chat, whichever address its messages came by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3",
                    "kind": "user",
                    "phoneNumber": "+4915112345678",
                    "lid": "118367280017461@lid",
                    "jid": "118367280017461@lid",
                    "name": "Mara",
                    "picture": "available",
                    "pictureUrl": EXAMPLE_URL,
                    "unreadCount": 0,
                    "disappearingSeconds": None,
                    "archived": False,
                    "pinned": False,
                    "mutedUntil": None,
                    "lastMessage": EXAMPLE,
                    "lastMessageAt": "2026-08-21T09:40:02.000Z",
                }
            ]
        }
    )

    id: UUID
    kind: ChatKind
    phone_number: str | None
    lid: str | None
    jid: str = Field(description="The address to use: a LID where it is known, else a phone number's or a group's JID.")
    name: str | None
    picture: KnownPicture
    picture_url: PictureUrl
    unread_count: int
    disappearing_seconds: int | None = Field(
        description="After how long its messages disappear; 0: never, null: not known."
    )
    archived: bool = Field(description="As this and the next two were when the history came from the phone.")
    pinned: bool
    muted_until: Moment | None
    last_message: MessageBody | None
    last_message_at: Moment | None

    @classmethod
    def of(cls, chat: Chat, last_message: Message | None, related: Related) -> ChatBody:
        return cls.model_validate(
            {
                "id": chat.id,
                "kind": chat.kind,
                "phone_number": chat.phone_number,
                "lid": chat.lid,
                "jid": chat.remote_jid,
                "name": chat.name,
                **picture_fields(chat.session_id, chat.picture_state, chat.picture_file),
                "unread_count": chat.unread_count,
                "disappearing_seconds": chat.disappearing_seconds,
                "archived": chat.archived,
                "pinned": chat.pinned,
                "muted_until": chat.muted_until,
                "last_message": MessageBody.of(last_message, related) if last_message else None,
                "last_message_at": chat.last_message_at,
            }
        )


class ChatPage(ResponseBody):
    """Last active first."""

    chats: list[ChatBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class MarkRead(RequestBody):
    """Who is told that a chat was read."""

    model_config = shown({"receipts": False})

    receipts: Annotated[
        bool, Field(description="`false`: who wrote is not told, only the account's own devices are.")
    ] = True


class ReadAccepted(ResponseBody):
    """The chat will be marked as read."""

    status: Literal["queued"] = "queued"


class SetDisappearing(RequestBody):
    """After how long messages of a chat disappear."""

    model_config = shown({"seconds": 604_800})

    seconds: Annotated[
        Literal[0, 86_400, 604_800, 7_776_000],
        Field(description="0 for never; a day, a week or 90 days."),
    ]
