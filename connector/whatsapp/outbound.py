"""Messages that we send, as WhatsApp's protobuf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.whatsapp.cards import vcard
from connector.whatsapp.files import write_file
from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.quoting import add_quote, caption_of
from gateway.domain.content import Contacts, Poll, Timer
from gateway.domain.files import SentFile
from gateway.domain.messages import MESSAGE_SECRET_BYTES
from gateway.domain.outbound import (
    Content,
    Context,
    Deletion,
    Edit,
    File,
    Location,
    Outbound,
    Pinning,
    Reaction,
    Target,
    Text,
)

_PROTOCOL = e2e_pb2.ProtocolMessage.Type
# Of the pictures that open a film or a place; all others have none.
_PREVIEW = e2e_pb2.ExtendedTextMessage.PreviewType
_PIN = e2e_pb2.PinInChatMessage.Type


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a message goes: the JID of its chat, where messages disappear after so many seconds (0: never).

    `written_at` is when it was written, by our clock. `secret` recognises the send afterwards: whatsmeow stores it with
    the message's id before it writes to the socket.
    """

    chat_jid: str
    secret: bytes
    written_at: datetime
    disappears_seconds: int = 0
    file: SentFile | None = None


def serialize(outbound: Outbound, envelope: Envelope) -> bytes:
    """Return a serialised WhatsApp Message. Raise ValueError unless the secret has 32 bytes."""
    if len(envelope.secret) != MESSAGE_SECRET_BYTES:
        raise ValueError(f"a message secret has {MESSAGE_SECRET_BYTES} bytes")
    message = e2e_pb2.Message()
    _WRITERS[type(outbound.content)](message, outbound.content, envelope)
    _add_context(message, outbound.context, envelope)
    message.messageContextInfo.messageSecret = envelope.secret
    return bytes(message.SerializeToString())


def _text(message: e2e_pb2.Message, text: Text, _: Envelope) -> None:
    """Write a text: neither links nor @numbers get a meaning by themselves."""
    if text.preview is None:
        message.conversation = text.text
        return
    written, preview = message.extendedTextMessage, text.preview
    written.text, written.matchedText, written.title = text.text, preview.link, preview.title
    written.description = preview.description or ""
    written.previewType = _PREVIEW.NONE
    if preview.thumbnail:
        written.JPEGThumbnail = preview.thumbnail


def _location(message: e2e_pb2.Message, place: Location, _: Envelope) -> None:
    written = message.locationMessage
    written.degreesLatitude, written.degreesLongitude = place.latitude, place.longitude
    if place.name:
        written.name = place.name
    if place.address:
        written.address = place.address


def _contacts(message: e2e_pb2.Message, content: Contacts, _: Envelope) -> None:
    cards = [e2e_pb2.ContactMessage(displayName=card.name or "", vcard=vcard(card)) for card in content.contacts]
    if content.kind == "contact":
        message.contactMessage.CopyFrom(cards[0])
    else:
        message.contactsArrayMessage.displayName = f"{len(cards)} contacts"
        message.contactsArrayMessage.contacts.extend(cards)


def _poll(message: e2e_pb2.Message, poll: Poll, _: Envelope) -> None:
    """Write a poll, whose votes are sealed with the message's secret."""
    written = message.pollCreationMessage
    written.name, written.selectableOptionsCount = poll.question or "", poll.selectable
    for option in poll.options:
        written.options.add().optionName = option


def _file(message: e2e_pb2.Message, content: File, envelope: Envelope) -> None:
    if envelope.file is None:
        raise ValueError("the file is not at WhatsApp")
    write_file(message, content, envelope.file)


def _reaction(message: e2e_pb2.Message, reaction: Reaction, envelope: Envelope) -> None:
    _name(message.reactionMessage.key, reaction.target, envelope)
    message.reactionMessage.text = reaction.emoji
    message.reactionMessage.senderTimestampMS = _milliseconds(envelope)


def _edit(message: e2e_pb2.Message, edit: Edit, envelope: Envelope) -> None:
    change = message.editedMessage.message.protocolMessage
    _name(change.key, edit.target, envelope)
    change.type, change.timestampMS = _PROTOCOL.MESSAGE_EDIT, _milliseconds(envelope)
    if edit.kind == "text":
        change.editedMessage.conversation = edit.text
    else:
        caption_of(change.editedMessage, edit.kind).caption = edit.text


def _deletion(message: e2e_pb2.Message, deletion: Deletion, envelope: Envelope) -> None:
    _name(message.protocolMessage.key, deletion.target, envelope)
    message.protocolMessage.type = _PROTOCOL.REVOKE


def _pinning(message: e2e_pb2.Message, pinning: Pinning, envelope: Envelope) -> None:
    pin = message.pinInChatMessage
    _name(pin.key, pinning.target, envelope)
    pin.type = _PIN.PIN_FOR_ALL if pinning.seconds else _PIN.UNPIN_FOR_ALL
    pin.senderTimestampMS = _milliseconds(envelope)
    if pinning.seconds:
        message.messageContextInfo.messageAddOnDurationInSecs = pinning.seconds


def _timer(message: e2e_pb2.Message, timer: Timer, envelope: Envelope) -> None:
    change = message.protocolMessage
    change.key.remoteJID, change.key.fromMe = envelope.chat_jid, True
    change.type, change.ephemeralExpiration = _PROTOCOL.EPHEMERAL_SETTING, timer.seconds
    change.ephemeralSettingTimestamp = int(envelope.written_at.timestamp())


def _name(key: Any, target: Target, envelope: Envelope) -> None:  # noqa: ANN401 - a MessageKey: it carries no types
    key.remoteJID, key.fromMe, key.ID = envelope.chat_jid, target.from_me, target.message_id
    if target.author:
        key.participant = target.author


def _milliseconds(envelope: Envelope) -> int:
    return int(envelope.written_at.timestamp() * 1000)


_WRITERS: dict[type[Content], Callable[[e2e_pb2.Message, Any, Envelope], None]] = {
    Text: _text,
    Location: _location,
    Contacts: _contacts,
    Poll: _poll,
    File: _file,
    Reaction: _reaction,
    Edit: _edit,
    Deletion: _deletion,
    Pinning: _pinning,
    Timer: _timer,
}
# What changes another message carries no context: it disappears with that.
_CONTENTS = (
    "extendedTextMessage",
    "locationMessage",
    "contactMessage",
    "contactsArrayMessage",
    "pollCreationMessage",
    "imageMessage",
    "videoMessage",
    "ptvMessage",
    "audioMessage",
    "documentMessage",
    "stickerMessage",
)


def _add_context(message: e2e_pb2.Message, context: Context, envelope: Envelope) -> None:
    if context == Context() and not envelope.disappears_seconds:
        return
    if message.HasField("conversation"):
        # A plain text has no room for it.
        text = message.conversation
        message.ClearField("conversation")
        message.extendedTextMessage.text = text
    if message.HasField("documentWithCaptionMessage"):
        message = message.documentWithCaptionMessage.message
    content = next((name for name in _CONTENTS if message.HasField(name)), None)
    if content is not None:
        _write_context(getattr(message, content).contextInfo, context, envelope)


def _write_context(info: Any, context: Context, envelope: Envelope) -> None:  # noqa: ANN401 - a ContextInfo, likewise
    if context.quote is not None:
        add_quote(info, context.quote)
    info.mentionedJID.extend(context.mentions)
    if context.forwarding_score:
        info.isForwarded, info.forwardingScore = True, context.forwarding_score
    if envelope.disappears_seconds:
        info.expiration = envelope.disappears_seconds
