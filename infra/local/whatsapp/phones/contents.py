"""The messages phones send: the protobuf of each kind, and the attributes of its stanza."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, TypeAlias

from infra.local.whatsapp.control.models import LiveLocation, LocationMessage
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid

Message: TypeAlias = Any  # proto.Message: generated protobuf classes carry no types

_EDIT = "1"
_SENDER_REVOKE = "7"
_ADMIN_REVOKE = "8"


@dataclass(frozen=True, slots=True)
class Content:
    """A message and what its stanza says of it. Linked devices are only told of what is `withheld` from them."""

    message: Message
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


def text(body: str) -> Content:
    return Content(proto.Message(conversation=body))


def album(images: int, videos: int) -> Content:
    """Return the head of an album; its parts name it."""
    message = proto.Message()
    message.albumMessage.expectedImageCount, message.albumMessage.expectedVideoCount = images, videos
    return Content(message)


def associate(message: Message, kind: str, parent: Target) -> None:
    """Make a message a part or a better copy of another; `kind` as in MessageAssociation.AssociationType."""
    association = message.messageContextInfo.messageAssociation
    association.associationType = proto.MessageAssociation.AssociationType.Value(kind)
    _name(association.parentMessageKey, parent)


def location(body: LocationMessage) -> Content:
    message = proto.Message()
    place = message.locationMessage
    place.degreesLatitude, place.degreesLongitude = body.latitude, body.longitude
    for name in ("name", "address", "url"):
        if given := getattr(body, name):
            setattr(place, name, given)
    return Content(message, "media", "location")


def live_location(body: LiveLocation) -> Content:
    message = proto.Message()
    place = message.liveLocationMessage
    place.degreesLatitude, place.degreesLongitude = body.latitude, body.longitude
    place.accuracyInMeters, place.speedInMps = body.accuracy, body.speed
    place.degreesClockwiseFromMagneticNorth, place.sequenceNumber = body.bearing, body.sequence
    if body.caption:
        place.caption = body.caption
    return Content(message, "media", "livelocation")


def reaction(target: Target, emoji: str) -> Content:
    """Return a reaction; with an empty emoji it takes the earlier one back."""
    message = proto.Message()
    _name(message.reactionMessage.key, target)
    message.reactionMessage.text = emoji
    message.reactionMessage.senderTimestampMs = _milliseconds()
    return Content(message, "reaction", hidden=True)


def vote(target: Target, encrypted: bytes, nonce: bytes) -> Content:
    """Return a vote in a poll, which is encrypted already."""
    message = proto.Message()
    update = message.pollUpdateMessage
    _name(update.pollCreationMessageKey, target)
    update.vote.encPayload, update.vote.encIv = encrypted, nonce
    update.senderTimestampMs = _milliseconds()
    return Content(message, "poll")


def edit(target: Target, body: str) -> Content:
    message = proto.Message()
    change = message.editedMessage.message.protocolMessage
    _name(change.key, target)
    change.type = proto.Message.ProtocolMessage.MESSAGE_EDIT
    change.editedMessage.conversation = body
    change.timestampMs = _milliseconds()
    return Content(message, edit=_EDIT, hidden=True)


def delete(target: Target, *, by_admin: bool = False) -> Content:
    """Return a deletion for everyone, by the author or by an admin."""
    message = proto.Message()
    _name(message.protocolMessage.key, target)
    message.protocolMessage.type = proto.Message.ProtocolMessage.REVOKE
    return Content(message, edit=_ADMIN_REVOKE if by_admin else _SENDER_REVOKE)


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
