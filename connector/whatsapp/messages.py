"""Decodes WhatsApp's Message protobuf to our Content. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from google.protobuf.message import Message as Protobuf

from connector.whatsapp.attachments import location_of, media_of
from connector.whatsapp.content.kinds import KINDS
from connector.whatsapp.jids import lid_and_number, without_device
from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.sealed import COMMENT, EDIT, EVENT_EDIT, POLL_EDIT, POLL_VOTE, REACTION, Sealed
from gateway.domain.changes import MOTION
from gateway.domain.content import Details, Quote, Timer
from gateway.domain.records import with_values
from gateway.domain.sanitize import sanitize, sanitize_text

# A wrapper may hold a wrapper; no client nests deeper than three.
MAX_WRAPPERS = 8
# What phones say of what was forwarded very often.
MOST_FORWARDED = 127
# Fields that accompany a message, or distribute keys to the members of a group; no message by themselves.
NOT_CONTENT = frozenset(
    {"messageContextInfo", "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage"}
)


_ASSOCIATION = e2e_pb2.MessageAssociation.AssociationType
_SECRET_TYPES = e2e_pb2.SecretEncryptedMessage.SecretEncType
_EDITS = {
    _SECRET_TYPES.MESSAGE_EDIT: EDIT,
    _SECRET_TYPES.EVENT_EDIT: EVENT_EDIT,
    _SECRET_TYPES.POLL_EDIT: POLL_EDIT,
}
# A phone sends a picture at once, and a copy in high definition when that is uploaded.
_BETTER_COPIES = (_ASSOCIATION.HD_IMAGE_DUAL_UPLOAD, _ASSOCIATION.HD_VIDEO_DUAL_UPLOAD)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one message.

    `message_type`: text, image, video, audio, voice, document, sticker, location, live_location, contact, contacts,
    poll, poll_results, poll_vote, reaction (`text` is the emoji, None takes it back), edit, delete, event, call,
    scheduled_call, buttons_reply, list_reply, template_reply, interactive_reply, buttons, list, template, interactive,
    group_invite, newsletter_invite, product, order, payment, pin, album, sticker_pack, phone_number_request, comment,
    motion_clip, disappearing or unknown:<field>. `target_message_id` is what a reaction, vote, edit, delete, pin,
    comment or clip is about; `media` is what a later download needs. All of it can be stored as text and JSON, with
    bytes in base64. The chat's messages disappear after `disappears_seconds` (0: it does not say).

    Who wrote the target is said as the sender of this content sees it: the sender (`target_own`), or
    `target_participant` (a JID), or without either the other side of a private chat. `changed_at_ms` is when an edit
    was made (Unix time). A picture that `replaces` its target is a better copy of it, or the clip of a motion photo.
    What is `sealed` is about the target, too, and decrypted with its secret (connector.whatsapp.message_secrets).
    The target of a picture that replaces nothing is its album. `forwarding_score`: how often it was forwarded.
    """

    message_type: str
    text: str | None = None
    media: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    details: Details | None = None
    quote: Quote | None = None
    quoted_message_id: str | None = None
    target_message_id: str | None = None
    mentions: tuple[str, ...] = ()
    view_once: bool = False
    secret: bytes | None = field(default=None, repr=False)
    target_own: bool = False
    target_participant: str | None = None
    changed_at_ms: int | None = None
    replaces: bool = False
    sealed: Sealed | None = field(default=None, repr=False)
    disappears_seconds: int = 0
    forwarding_score: int = 0


_SANITIZED = tuple(item.name for item in fields(Content) if item.name != "sealed")


def decode_content(message: e2e_pb2.Message) -> Content | None:
    """Decode a message; None for what devices exchange among themselves: keys, settings, history."""
    inner, view_once = _unwrap(message)
    field = next((name for name in _set_fields(inner) if name not in NOT_CONTENT), None)
    if field is None:
        return None if _set_fields(inner) else Content("unknown")
    content = _decode_field(field, getattr(inner, field))
    if content is None:
        return None
    content = _with_association(content, inner) if _has_association(inner) else _with_association(content, message)
    secret = inner.messageContextInfo.messageSecret or message.messageContextInfo.messageSecret
    values: dict[str, Any] = {name: sanitize(getattr(content, name)) for name in _SANITIZED}
    return with_values(content, values | {"view_once": view_once or content.view_once, "secret": secret or None})


def _has_association(message: e2e_pb2.Message) -> bool:
    return bool(message.messageContextInfo.HasField("messageAssociation"))


def _with_association(content: Content, message: e2e_pb2.Message) -> Content:
    """Return a better copy of a picture as one that replaces the copy sent first, and a photo's clip as part of it.

    A picture of an album is about the album.
    """
    association = message.messageContextInfo.messageAssociation
    kind, target = association.associationType, _target_of(association.parentMessageKey)
    if content.media is None:
        return content
    if kind == _ASSOCIATION.MEDIA_ALBUM:
        return replace(content, target_message_id=target["target_message_id"])
    if kind == _ASSOCIATION.MOTION_PHOTO:
        content = replace(content, message_type="motion_clip", media={MOTION: content.media})
    elif kind not in _BETTER_COPIES:
        return content
    return replace(content, replaces=True, **target)


def _set_fields(message: e2e_pb2.Message) -> list[str]:
    return [descriptor.name for descriptor, _ in message.ListFields()]


def _unwrap(message: e2e_pb2.Message) -> tuple[e2e_pb2.Message, bool]:
    """Return the innermost message, and whether it may be viewed only once.

    Ephemeral, view-once, caption, edit and device-sent wrappers all hold a Message in a field named message.
    """
    view_once = False
    for _ in range(MAX_WRAPPERS):
        wrapper = next((name for name in _set_fields(message) if _is_wrapper(name)), None)
        if wrapper is None or not getattr(message, wrapper).HasField("message"):
            break
        view_once = view_once or wrapper.startswith("viewOnce")
        message = getattr(message, wrapper).message
    return message, view_once


def _is_wrapper(field: str) -> bool:
    message_type = e2e_pb2.Message.DESCRIPTOR.fields_by_name[field].message_type
    return message_type is not None and message_type.name in ("FutureProofMessage", "DeviceSentMessage")


def _decode_field(field: str, value: Protobuf) -> Content | None:
    if field == "protocolMessage":
        return _protocol(value)
    if decoder := _DECODERS.get(field):
        content = decoder(value)
    elif describe := KINDS.get(field):
        described = describe(value)
        content = Content(**{item.name: getattr(described, item.name) for item in fields(described)})
    else:
        content = Content(f"unknown:{field}", **_target(value))
    return _with_context(content, value)


def _with_context(content: Content, value: Protobuf) -> Content:
    context = getattr(value, "contextInfo", None)
    if context is None:
        return content
    values = {
        "quoted_message_id": context.stanzaID or None,
        "quote": _quote(context),
        "mentions": tuple(without_device(sanitize_text(jid)) for jid in context.mentionedJID if "@" in jid),
        "view_once": bool(getattr(value, "viewOnce", False)),
        "disappears_seconds": context.expiration,
        "forwarding_score": min(max(context.forwardingScore, 1), MOST_FORWARDED) if context.isForwarded else 0,
    }
    return with_values(content, values)


def _quote(context: e2e_pb2.ContextInfo) -> Quote | None:
    """Return what a reply shows of the message it replies to, which need not be known here."""
    if not context.stanzaID or not context.HasField("quotedMessage"):
        return None
    quoted = decode_content(context.quotedMessage)
    lid, phone_number = lid_and_number(context.participant)
    return Quote(
        message_id=context.stanzaID,
        sender_lid=lid,
        sender_phone_number=phone_number,
        message_type=quoted.message_type if quoted else None,
        text=quoted.text if quoted else None,
    )


def _target(value: Protobuf) -> dict[str, Any]:
    """Return what names the message that a value is about, under any of the names its key has."""
    for name in ("key", "targetMessageKey", "pollCreationMessageKey"):
        if key := getattr(value, name, None):
            return _target_of(key)
    return {}


def _target_of(key: Any) -> dict[str, Any]:  # noqa: ANN401 - a MessageKey: generated protobuf classes carry no types
    participant = without_device(sanitize_text(key.participant)) if "@" in key.participant else None
    return {"target_message_id": key.ID or None, "target_own": key.fromMe, "target_participant": participant}


def _protocol(value: e2e_pb2.ProtocolMessage) -> Content | None:
    kind = e2e_pb2.ProtocolMessage.Type
    if value.type == kind.REVOKE and value.HasField("key"):
        return Content("delete", **_target(value))
    if value.type == kind.MESSAGE_EDIT:
        edit = edit_of(value.editedMessage)
        return replace(edit, changed_at_ms=value.timestampMS or edit.changed_at_ms, **_target(value))
    if value.type == kind.EPHEMERAL_SETTING:
        return Content("disappearing", details=Timer(seconds=value.ephemeralExpiration))
    return None


def edit_of(message: e2e_pb2.Message) -> Content:
    """Return the edit that gives a message this new content; one that is an edit itself stays as it is."""
    content = decode_content(message) or Content("unknown")
    return content if content.message_type == "edit" else replace(content, message_type="edit", media=None)


def _media(message_type: str) -> Callable[[Any], Content]:
    return lambda value: Content(message_type, getattr(value, "caption", "") or None, media=media_of(value))


def _poll_vote(value: e2e_pb2.PollUpdateMessage) -> Content:
    """Return the vote as it is until it is decrypted with the poll's secret."""
    sealed = Sealed(POLL_VOTE, value.vote.encPayload, value.vote.encIV)
    return Content("poll_vote", sealed=sealed, **_target(value))


def _enc_reaction(value: e2e_pb2.EncReactionMessage) -> Content:
    sealed = Sealed(REACTION, value.encPayload, value.encIV)
    return Content("unknown:encReactionMessage", sealed=sealed, **_target(value))


def _enc_comment(value: e2e_pb2.EncCommentMessage) -> Content:
    sealed = Sealed(COMMENT, value.encPayload, value.encIV)
    return Content("unknown:encCommentMessage", sealed=sealed, **_target(value))


def _secret_encrypted(value: e2e_pb2.SecretEncryptedMessage) -> Content:
    """Return a sealed edit; the other uses are not decrypted."""
    use = _EDITS.get(value.secretEncType)
    sealed = Sealed(use, value.encPayload, value.encIV) if use else None
    return Content("unknown:secretEncryptedMessage", sealed=sealed, **_target(value))


def _audio(value: e2e_pb2.AudioMessage) -> Content:
    return Content("voice" if value.PTT else "audio", media=media_of(value))


def _round_video(value: e2e_pb2.VideoMessage) -> Content:
    return Content("video", value.caption or None, media=media_of(value) | {"round": True})


def _location(value: e2e_pb2.LocationMessage) -> Content:
    return Content("location", value.comment or None, location=location_of(value))


def _live_location(value: e2e_pb2.LiveLocationMessage) -> Content:
    return Content("live_location", value.caption or None, location=location_of(value))


def _comment(value: e2e_pb2.CommentMessage) -> Content:
    return replace(comment_of(value.message), **_target(value))


def comment_of(message: e2e_pb2.Message) -> Content:
    """Return the comment on another message that holds a message of any kind; its text is what is kept."""
    inner = decode_content(message)
    return Content("comment", inner.text if inner else None)


def _about(message_type: str, text: Callable[[Any], str] = lambda _: "") -> Callable[[Any], Content]:
    return lambda value: Content(message_type, text(value) or None, **_target(value))


_DECODERS: dict[str, Callable[[Any], Content]] = {
    "conversation": lambda value: Content("text", value),
    "extendedTextMessage": lambda value: Content("text", value.text),
    "imageMessage": _media("image"),
    "videoMessage": _media("video"),
    "ptvMessage": _round_video,
    "audioMessage": _audio,
    "documentMessage": _media("document"),
    "stickerMessage": _media("sticker"),
    "locationMessage": _location,
    "liveLocationMessage": _live_location,
    "pollUpdateMessage": _poll_vote,
    "encReactionMessage": _enc_reaction,
    "encCommentMessage": _enc_comment,
    "secretEncryptedMessage": _secret_encrypted,
    "reactionMessage": _about("reaction", lambda value: value.text),
    "commentMessage": _comment,
}
