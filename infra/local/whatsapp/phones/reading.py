"""What a phone makes of a message it has decrypted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.wire import proto

_CAPTIONED = {"imageMessage": "image", "videoMessage": "video", "documentMessage": "document"}
_PLAIN_MEDIA = {"audioMessage": "audio", "stickerMessage": "sticker", "contactMessage": "contact"}
_PROTOCOL = proto.Message.ProtocolMessage


@dataclass(frozen=True, slots=True)
class Read:
    """kind is empty for what people do not see (key shares and the like)."""

    kind: str
    text: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def read(message: Message) -> Read:
    if message.HasField("editedMessage"):
        return read(message.editedMessage.message)
    if message.HasField("protocolMessage"):
        return _protocol(message.protocolMessage)
    if message.HasField("reactionMessage"):
        answered = message.reactionMessage
        return Read("reaction", answered.text, {"messageId": answered.key.id})
    if message.HasField("locationMessage"):
        place = message.locationMessage
        details = {"latitude": place.degreesLatitude, "longitude": place.degreesLongitude}
        return Read("location", place.name, details)
    return _text_or_media(message)


def _text_or_media(message: Message) -> Read:
    for name, kind in _CAPTIONED.items():
        if message.HasField(name):
            file = getattr(message, name)
            return Read(kind, file.caption, {"mimetype": file.mimetype})
    for name, kind in _PLAIN_MEDIA.items():
        if message.HasField(name):
            return Read(kind)
    body = message.conversation or message.extendedTextMessage.text
    mentioned = message.extendedTextMessage.contextInfo.mentionedJid
    return Read("text", body, {"mentions": list(mentioned)} if mentioned else {}) if body else Read("")


def _protocol(protocol: Any) -> Read:  # noqa: ANN401 - generated protobuf classes carry no types
    details = {"messageId": protocol.key.id}
    if protocol.type == _PROTOCOL.REVOKE and protocol.HasField("key"):
        return Read("delete", "", details)
    if protocol.type == _PROTOCOL.MESSAGE_EDIT:
        return Read("edit", read(protocol.editedMessage).text, details)
    return Read("")
