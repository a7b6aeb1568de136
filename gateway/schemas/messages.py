"""Messages as the API and events show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from gateway.domain.media import MediaState, media_path
from gateway.domain.messages import MessageStatus, Origin
from gateway.schemas.base import Moment, ResponseBody
from gateway.schemas.details import Details, Quote, details_of
from gateway.schemas.related import REACTION, Mention, ReactionBody, Related
from gateway.schemas.timeline import Attempt, Deleter, Edit
from gateway.store.messages import Message
from gateway.store.outbound import forwarding_score_of

MESSAGE_ID = "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91"
EXAMPLE: JsonDict = {
    "id": MESSAGE_ID,
    "sessionId": "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10",
    "chatId": "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3",
    "messageId": "3EB0A9C1F2D4E5B6A7C8",
    "remoteJid": "118367280017461@lid",
    "fromMe": True,
    "messageType": "text",
    "content": "The plumber comes on Tuesday.",
    "mediaUrl": None,
    "status": "delivered",
    "timestamp": "2026-08-21T09:40:02.000Z",
    "createdAt": "2026-08-21T09:40:01.912Z",
    "origin": "api",
    "automated": False,
    "chatPhoneNumber": "+4915112345678",
    "chatLid": "118367280017461@lid",
    "senderPhoneNumber": "+4915798765432",
    "senderLid": "201927361902847@lid",
    "pushName": None,
    "chatName": "Mara",
    "quotedMessageId": None,
    "quotedId": None,
    "quote": None,
    "targetMessageId": None,
    "targetId": None,
    "turnId": None,
    "location": None,
    "media": None,
    "details": None,
    "error": None,
    "errorDetail": None,
    "forwarded": False,
    "frequentlyForwarded": False,
    "mentions": [],
    "edits": [],
    "deletedBy": None,
    "reactions": [REACTION],
    "earlierAttempts": [],
    "queuedAt": "2026-08-21T09:40:01.912Z",
    "failedAt": None,
    "sentAt": "2026-08-21T09:40:02.000Z",
    "deliveredAt": "2026-08-21T09:40:03.000Z",
    "readAt": None,
    "editedAt": None,
    "deletedAt": None,
}
RECEIVED: JsonDict = {
    **EXAMPLE,
    "fromMe": False,
    "messageType": "list_reply",
    "content": "Tuesday, 10:00",
    "status": "received",
    "origin": "contact",
    "pushName": "Mara",
    "quotedMessageId": "3EB0F7A1B2C3D4E5F607",
    "quote": {
        "messageId": "3EB0F7A1B2C3D4E5F607",
        "senderLid": "201927361902847@lid",
        "senderPhoneNumber": None,
        "messageType": "list",
        "text": "When may the plumber come?",
    },
    "details": {
        "kind": "list_reply",
        "selectedId": "tuesday-10",
        "text": "Tuesday, 10:00",
        "description": None,
        "flow": None,
        "parameters": None,
    },
    "reactions": [],
    "queuedAt": None,
    "sentAt": None,
    "deliveredAt": None,
}


# Phones warn of what was forwarded so often.
_OFTEN = 5


class Motion(ResponseBody):
    """The clip of a motion photo, a file of its own."""

    id: UUID
    url: str = Field(description="Path under which the API has the clip.")
    status: MediaState
    reason: str | None = Field(description="Why it is unavailable or erased.")
    mimetype: str | None
    size: int | None = Field(description="Bytes.")


class Media(ResponseBody):
    """What is known of an attachment, and what became of its file."""

    id: UUID | None = Field(None, description="Of the file; null where WhatsApp gives none, as of view-once messages.")
    status: MediaState | None = Field(
        None, description="`pending` until the file was fetched; `message.media` tells of it."
    )
    reason: str | None = Field(None, description="Why the file is unavailable or erased.")
    mimetype: str | None = None
    file_name: str | None = None
    size: int | None = Field(None, description="Bytes.")
    sha256: str | None = Field(None, description="Of the file, in hexadecimal digits.")
    seconds: int | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = Field(None, description="Path of a small JPEG of a picture.")
    motion: Motion | None = Field(None, description="The clip of a motion photo.")

    @classmethod
    def of(cls, message: Message) -> Media | None:
        """Return what a message has; what the file proved to be goes before what its sender said, but for its name."""
        files = {UUID(each["id"]): each for each in message.files or ()}
        file, said = files.get(message.media_id) if message.media_id else None, message.media or {}
        known = {**said, **{name: value for name, value in (file or {}).items() if value is not None}}
        known["fileName"] = said.get("fileName") or known.get("fileName")
        if not (file or said):
            return None
        motion = files.get(message.motion_id) if message.motion_id else None
        return cls(
            **shown_of(known),
            id=message.media_id,
            thumbnail_url=f"{message.media_url}/thumbnail" if known.get("hasThumbnail") else None,
            motion=_motion(message, motion) if motion else None,
        )


# Named one by one: the row also holds the keys and paths by which anybody could read the file.
_SHOWN = {
    "mimetype": "mimetype",
    "fileName": "file_name",
    "fileLength": "size",
    "seconds": "seconds",
    "width": "width",
    "height": "height",
    "status": "status",
    "reason": "reason",
    "sha256": "sha256",
}


def _motion(message: Message, clip: dict[str, Any]) -> Motion:
    return Motion(
        id=clip["id"],
        url=media_path(message.session_id, UUID(clip["id"])),
        status=clip["status"],
        reason=clip["reason"],
        mimetype=clip["mimetype"],
        size=clip["fileLength"],
    )


def shown_of(known: dict[str, Any]) -> dict[str, Any]:
    """Return what of all that is known of a file is shown, by the fields of Media."""
    return {field: known.get(name) for name, field in _SHOWN.items()}


class MessageBody(ResponseBody):
    """A message of any kind, in either direction, with the addresses of its chat and sender where they are known."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE, RECEIVED]})

    id: UUID = Field(description="Ours, known from the first answer on.")
    session_id: UUID
    chat_id: UUID
    message_id: str | None = Field(description="WhatsApp's id; null until it was sent.")
    remote_jid: str
    from_me: bool
    message_type: str
    content: str | None = Field(description="The text or caption; null when there is none, or when it was deleted.")
    media_url: str | None = Field(description="Path under which the API has the file: `media.status` says whether.")
    status: MessageStatus
    timestamp: Moment
    created_at: Moment
    origin: Origin
    automated: bool = Field(description="Sent through the API by a program, not by a person.")
    chat_phone_number: str | None
    chat_lid: str | None
    sender_phone_number: str | None
    sender_lid: str | None
    push_name: str | None
    chat_name: str | None = Field(description="As in the list of chats.")
    quoted_message_id: str | None = Field(description="WhatsApp's id of the message it replies to.")
    quote: Quote | None = Field(description="What a reply shows of the message it replies to, stored or not.")
    quoted_id: UUID | None = Field(description="Our id of that message, where it is stored.")
    target_message_id: str | None = Field(
        description="WhatsApp's id of what a reaction, a vote or a picture of an album belongs to."
    )
    target_id: UUID | None = Field(description="Our id of that message, where it is stored.")
    turn_id: UUID | None = Field(description="The assistant's turn that sent it.")
    location: dict[str, Any] | None
    media: Media | None
    details: Details | None = Field(description="What the kind holds beside: buttons, a choice, contacts, a poll, …")
    error: str | None
    error_detail: str | None
    forwarded: bool
    frequently_forwarded: bool = Field(description="Through five people or more, as far as is known.")
    mentions: list[Mention]
    edits: list[Edit] = Field(description="Its earlier texts, oldest first; none of a message that was deleted.")
    deleted_by: Deleter | None
    reactions: list[ReactionBody] = Field(description="Oldest first; a reaction is a message of its own, too.")
    earlier_attempts: list[Attempt] = Field(description="Of a message that was sent again, oldest first.")
    queued_at: Moment | None = Field(description="When it was last queued; null for what was not sent from here.")
    failed_at: Moment | None
    sent_at: Moment | None
    delivered_at: Moment | None
    read_at: Moment | None
    edited_at: Moment | None
    deleted_at: Moment | None

    @classmethod
    def of(cls, message: Message, related: Related) -> MessageBody:
        return cls(**fields_of(message, related))


def fields_of(message: Message, related: Related) -> dict[str, Any]:
    """Return the fields of a MessageBody by their names."""
    same = MessageBody.model_fields.keys() & Message.__slots__
    return {
        **{name: getattr(message, name) for name in same},
        "chat_phone_number": message.chat_phone,
        "sender_phone_number": message.sender_phone,
        "quoted_message_id": message.quoted_id,
        "target_message_id": message.target_id,
        "quoted_id": related.ids.get((message.chat_id, message.quoted_id or "")),
        "target_id": related.ids.get((message.chat_id, message.target_id or "")),
        "reactions": [ReactionBody.of(each) for each in related.marks_on(message, "reaction")],
        **_history(message),
        "mentions": related.mentions_of(message),
        "earlier_attempts": [Attempt.model_validate(each) for each in message.earlier_attempts or ()],
        "turn_id": message.turn_id,
        "media": Media.of(message),
        "quote": Quote.model_validate(message.quote) if message.quote else None,
        "details": details_of(related.details_of(message)),
    }


def _history(message: Message) -> dict[str, Any]:
    """Return what happened to a message on its way, and after it came."""
    score, deleter = forwarding_score_of(message), message.deleted_by
    return {
        "forwarded": score > 0,
        "frequently_forwarded": score >= _OFTEN,
        "edits": [Edit.model_validate(each) for each in message.edits or ()],
        "deleted_by": Deleter.model_validate(deleter) if deleter else None,
    }
