"""The messages phones send: the protobuf of each kind, and the attributes of its stanza."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.messages.media_store import MEDIA_HOST
from infra.local.whatsapp.phones.files import EncryptedFile
from infra.local.whatsapp.phones.message_history import StoredMessage
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid

Message: TypeAlias = Any  # proto.Message: generated protobuf classes carry no types

_EDIT = "1"
_SENDER_REVOKE = "7"
_ADMIN_REVOKE = "8"


@dataclass(frozen=True, slots=True)
class Content:
    """`kind`, `text` and `details` are stored by the phone; the others go into the stanza.

    Linked devices are only told of what is `withheld` from them.
    """

    kind: str
    message: Message
    text: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    stanza_type: str = "text"
    media_type: str | None = None
    edit: str | None = None
    hidden: bool = False
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The message that a reaction, an edit or a deletion is about, as its sender names it.

    `author` is set in group chats, unless it is the sender.
    """

    chat: Jid
    id: str
    from_me: bool
    author: Jid | None = None


def text(body: str, mentioned: Sequence[Account] = ()) -> Content:
    if not mentioned:
        return Content("text", proto.Message(conversation=body), body)
    message = proto.Message()
    message.extendedTextMessage.text = body
    message.extendedTextMessage.contextInfo.mentionedJid.extend(str(account.lid) for account in mentioned)
    return Content("text", message, body, {"mentions": [f"+{account.number}" for account in mentioned]})


def image(file: EncryptedFile, direct_path: str, mimetype: str, caption: str) -> Content:
    message = proto.Message()
    picture = message.imageMessage
    picture.url, picture.directPath = f"https://{MEDIA_HOST}{direct_path}", direct_path
    picture.mediaKey, picture.fileSha256, picture.fileEncSha256 = file.key, file.plain_hash, file.blob_hash
    picture.fileLength, picture.mimetype = file.size, mimetype
    picture.mediaKeyTimestamp = int(time.time())
    if caption:
        picture.caption = caption
    return Content("image", message, caption, {"mimetype": mimetype}, "media", "image")


def album(images: int) -> Content:
    """Return the head of an album; its images name it."""
    message = proto.Message()
    message.albumMessage.expectedImageCount = images
    return Content("album", message)


def associate(message: Message, kind: str, parent: Target) -> None:
    """Make a message a part or a better copy of another; `kind` as in MessageAssociation.AssociationType."""
    association = message.messageContextInfo.messageAssociation
    association.associationType = proto.MessageAssociation.AssociationType.Value(kind)
    _name(association.parentMessageKey, parent)


def location(latitude: float, longitude: float, name: str) -> Content:
    message = proto.Message()
    place = message.locationMessage
    place.degreesLatitude, place.degreesLongitude = latitude, longitude
    if name:
        place.name = name
    details = {"latitude": latitude, "longitude": longitude}
    return Content("location", message, name, details, "media", "location")


def reply(content: Content, author: Account, quoted: StoredMessage) -> Content:
    """Return the same content as a reply, which shows the message that it replies to."""
    message = proto.Message.FromString(content.message.SerializeToString())
    if message.conversation:
        message.extendedTextMessage.text = message.conversation
        message.ClearField("conversation")
    (holder,) = (value for field, value in message.ListFields() if field.name != "messageContextInfo")
    holder.contextInfo.stanzaId, holder.contextInfo.participant = quoted.id, str(author.lid)
    holder.contextInfo.quotedMessage.ParseFromString(quoted.payload)
    holder.contextInfo.quotedMessage.ClearField("messageContextInfo")
    return replace(content, message=message, details={**content.details, "quotes": quoted.id})


def reaction(target: Target, emoji: str) -> Content:
    """Return a reaction; with an empty emoji it takes the earlier one back."""
    message = proto.Message()
    _name(message.reactionMessage.key, target)
    message.reactionMessage.text = emoji
    message.reactionMessage.senderTimestampMs = _milliseconds()
    return Content("reaction", message, emoji, {"messageId": target.id}, "reaction", hidden=True)


def edit(target: Target, body: str) -> Content:
    message = proto.Message()
    change = message.editedMessage.message.protocolMessage
    _name(change.key, target)
    change.type = proto.Message.ProtocolMessage.MESSAGE_EDIT
    change.editedMessage.conversation = body
    change.timestampMs = _milliseconds()
    return Content("edit", message, body, {"messageId": target.id}, edit=_EDIT, hidden=True)


def delete(target: Target, author: str | None = None) -> Content:
    """Return a deletion for everyone, by the author, or by an admin of what this number wrote."""
    message = proto.Message()
    _name(message.protocolMessage.key, target)
    message.protocolMessage.type = proto.Message.ProtocolMessage.REVOKE
    details = {"messageId": target.id} | ({"author": author} if author else {})
    return Content("delete", message, "", details, edit=_ADMIN_REVOKE if author else _SENDER_REVOKE)


def with_secret(message: Message) -> Message:
    """Add a message secret, as every message of a real phone has one."""
    message.messageContextInfo.messageSecret = os.urandom(32)
    return message


def _name(key: Any, target: Target) -> None:  # noqa: ANN401 - a proto.MessageKey
    key.remoteJid, key.fromMe, key.id = str(target.chat), target.from_me, target.id
    if target.author:
        key.participant = str(target.author)


def _milliseconds() -> int:
    return int(time.time() * 1000)
