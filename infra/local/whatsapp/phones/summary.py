"""What people see of a decrypted message, before names and files are looked up."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.media import media_details, media_part
from infra.local.whatsapp.phones.wrappers import context_of, unwrapped
from infra.local.whatsapp.wire import proto

_PROTOCOL = proto.Message.ProtocolMessage
_ASSOCIATED_AS = {
    proto.MessageAssociation.AssociationType.Value("MEDIA_ALBUM"): "album",
    proto.MessageAssociation.AssociationType.Value("HD_IMAGE_DUAL_UPLOAD"): "hdOf",
}
_POLLS = ("pollCreationMessage", "pollCreationMessageV2", "pollCreationMessageV3", "pollCreationMessageV5")


@dataclass(frozen=True, slots=True)
class Summary:
    """`kind` is empty for what people do not see (key shares and the like)."""

    kind: str
    text: str = ""
    details: dict[str, Any] = field(default_factory=dict)


_DESCRIBED: dict[str, tuple[str, Callable[[Any], str]]] = {
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
    association = message.messageContextInfo.messageAssociation
    inner, view_once = unwrapped(message)
    summary = _content(inner)
    if association.associationType in _ASSOCIATED_AS:
        summary.details[_ASSOCIATED_AS[association.associationType]] = association.parentMessageKey.id
    if view_once:
        summary.details["viewOnce"] = True
    summary.details.update(_context(inner))
    return summary


def _content(message: Message) -> Summary:
    for name, describe in _SUMMARIES.items():
        if message.HasField(name):
            return describe(getattr(message, name))
    if part := media_part(message):
        details = media_details(part, is_round=message.HasField("ptvMessage"))
        return Summary(part.kind, getattr(part.described, "caption", ""), details)
    for name, (kind, text) in _DESCRIBED.items():
        if message.HasField(name):
            return Summary(kind, text(getattr(message, name)))
    return _text(message)


def _text(message: Message) -> Summary:
    extended = message.extendedTextMessage
    body = message.conversation or extended.text
    if not body:
        return Summary("")
    preview = {"url": extended.matchedText, "title": extended.title, "description": extended.description}
    if extended.jpegThumbnail:
        preview["thumbnail"] = base64.b64encode(extended.jpegThumbnail).decode()
    return Summary("text", body, {"preview": preview} if extended.matchedText else {})


def _context(message: Message) -> dict[str, Any]:
    """Return the details of what the message carries beside its content; those who are named as addresses."""
    info = context_of(message)
    if info is None:
        return {}
    details: dict[str, Any] = {}
    if info.mentionedJid:
        details["mentions"] = list(info.mentionedJid)
    if info.stanzaId:
        quoted = summarize(info.quotedMessage)
        details["quotes"] = info.stanzaId
        details["quoted"] = {"from": info.participant, "kind": quoted.kind, "text": quoted.text}
    if info.isForwarded:
        details["forwarded"] = info.forwardingScore
    if info.expiration:
        details["expires"] = info.expiration
    return details


def _reaction(reaction: Any) -> Summary:  # noqa: ANN401 - generated protobuf classes carry no types
    return Summary("reaction", reaction.text, {"messageId": reaction.key.id})


def _vote(update: Any) -> Summary:  # noqa: ANN401
    return Summary("vote", "", {"messageId": update.pollCreationMessageKey.id})


def _poll(poll: Any) -> Summary:  # noqa: ANN401
    options = [option.optionName for option in poll.options]
    return Summary("poll", poll.name, {"options": options, "selectable": poll.selectableOptionsCount, "votes": {}})


def _place(place: Any) -> Summary:  # noqa: ANN401
    details: dict[str, Any] = {"latitude": place.degreesLatitude, "longitude": place.degreesLongitude}
    details |= {name: getattr(place, name) for name in ("address", "url") if getattr(place, name)}
    return Summary("location", place.name, details)


def _live_place(place: Any) -> Summary:  # noqa: ANN401
    details = {
        "latitude": place.degreesLatitude,
        "longitude": place.degreesLongitude,
        "accuracy": place.accuracyInMeters,
        "speed": place.speedInMps,
        "bearing": place.degreesClockwiseFromMagneticNorth,
        "sequence": place.sequenceNumber,
    }
    return Summary("live_location", place.caption, details)


def _card(card: Any) -> Summary:  # noqa: ANN401
    return Summary("contact", card.displayName, {"contacts": [{"name": card.displayName, "vcard": card.vcard}]})


def _cards(cards: Any) -> Summary:  # noqa: ANN401
    listed = [{"name": card.displayName, "vcard": card.vcard} for card in cards.contacts]
    return Summary("contact", cards.displayName, {"contacts": listed})


def _album(album: Any) -> Summary:  # noqa: ANN401
    return Summary("album", "", {"images": album.expectedImageCount, "videos": album.expectedVideoCount})


def _pin(pin: Any) -> Summary:  # noqa: ANN401
    return Summary("pin", "", {"messageId": pin.key.id, "pinned": pin.type == type(pin).PIN_FOR_ALL})


_SUMMARIES: dict[str, Callable[[Any], Summary]] = {
    "reactionMessage": _reaction,
    "pollUpdateMessage": _vote,
    **dict.fromkeys(_POLLS, _poll),
    "locationMessage": _place,
    "liveLocationMessage": _live_place,
    "contactMessage": _card,
    "contactsArrayMessage": _cards,
    "albumMessage": _album,
    "pinInChatMessage": _pin,
}


def _protocol(protocol: Any) -> Summary:  # noqa: ANN401
    details = {"messageId": protocol.key.id}
    if protocol.type == _PROTOCOL.REVOKE and protocol.HasField("key"):
        by_admin = {"author": protocol.key.participant} if protocol.key.participant else {}
        return Summary("delete", "", details | by_admin)
    if protocol.type == _PROTOCOL.MESSAGE_EDIT:
        return Summary("edit", summarize(protocol.editedMessage).text, details)
    if protocol.type == _PROTOCOL.EPHEMERAL_SETTING:
        return Summary("timer", "", {"seconds": protocol.ephemeralExpiration})
    return Summary("")
