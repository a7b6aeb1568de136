"""What people see of a decrypted message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.wire import proto

_CAPTIONED = {"imageMessage": "image", "videoMessage": "video", "documentMessage": "document"}
_PLAIN_MEDIA = {"audioMessage": "audio", "stickerMessage": "sticker", "contactMessage": "contact"}
_PROTOCOL = proto.Message.ProtocolMessage


@dataclass(frozen=True, slots=True)
class Summary:
    """`kind` is empty for what people do not see (key shares and the like)."""

    kind: str
    text: str = ""
    details: dict[str, Any] = field(default_factory=dict)


_DESCRIBED: dict[str, tuple[str, Callable[[Any], str]]] = {
    "contactsArrayMessage": ("contact", lambda value: value.displayName),
    "pollCreationMessage": ("poll", lambda value: value.name),
    "pollCreationMessageV3": ("poll", lambda value: value.name),
    "groupInviteMessage": ("group_invite", lambda value: value.caption),
    "orderMessage": ("order", lambda value: value.orderTitle),
    "templateMessage": ("template", lambda value: value.hydratedTemplate.hydratedContentText),
    "interactiveMessage": ("interactive", lambda value: value.body.text),
    "listMessage": ("list", lambda value: value.description),
    "listResponseMessage": ("list_reply", lambda value: value.title),
    "interactiveResponseMessage": ("interactive_reply", lambda value: value.body.text),
}


def summarize(message: Message) -> Summary:
    """Return kind, text and details of a message; of an edit or deletion those of the change."""
    if message.HasField("editedMessage"):
        return summarize(message.editedMessage.message)
    if message.HasField("protocolMessage"):
        return _protocol(message.protocolMessage)
    if message.HasField("reactionMessage"):
        reaction = message.reactionMessage
        return Summary("reaction", reaction.text, {"messageId": reaction.key.id})
    if message.HasField("locationMessage"):
        place = message.locationMessage
        details = {"latitude": place.degreesLatitude, "longitude": place.degreesLongitude}
        return Summary("location", place.name, details)
    return _text_or_media(message)


def _text_or_media(message: Message) -> Summary:
    for name, kind in _CAPTIONED.items():
        if message.HasField(name):
            file = getattr(message, name)
            return Summary(kind, file.caption, {"mimetype": file.mimetype})
    for name, kind in _PLAIN_MEDIA.items():
        if message.HasField(name):
            return Summary(kind)
    for name, (kind, text) in _DESCRIBED.items():
        if message.HasField(name):
            return Summary(kind, text(getattr(message, name)))
    body = message.conversation or message.extendedTextMessage.text
    mentioned = message.extendedTextMessage.contextInfo.mentionedJid
    return Summary("text", body, {"mentions": list(mentioned)} if mentioned else {}) if body else Summary("")


def _protocol(protocol: Any) -> Summary:  # noqa: ANN401 - generated protobuf classes carry no types
    details = {"messageId": protocol.key.id}
    if protocol.type == _PROTOCOL.REVOKE and protocol.HasField("key"):
        by_admin = {"author": protocol.key.participant} if protocol.key.participant else {}
        return Summary("delete", "", details | by_admin)
    if protocol.type == _PROTOCOL.MESSAGE_EDIT:
        return Summary("edit", summarize(protocol.editedMessage).text, details)
    return Summary("")
