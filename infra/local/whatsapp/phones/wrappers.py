"""The wrappers around messages, and the context that a message carries: quotation, mentions, forwards, timer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.phones.contents import Content, Message
from infra.local.whatsapp.phones.message_history import StoredMessage
from infra.local.whatsapp.wire import proto

VIEW_ONCE = "viewOnceMessageV2"
CAPTIONED_DOCUMENT = "documentWithCaptionMessage"

_VIEW_ONCE = ("viewOnceMessage", VIEW_ONCE, "viewOnceMessageV2Extension")
_WRAPPERS = (*_VIEW_ONCE, CAPTIONED_DOCUMENT, "ephemeralMessage", "groupMentionedMessage", "associatedChildMessage")
# What describes a message and is no part of its content.
_BESIDE = ("messageContextInfo", "senderKeyDistributionMessage")


@dataclass(frozen=True, slots=True)
class Context:
    """What a message says beside its content; `expires` is in seconds, `forwarded` how often."""

    quoted: tuple[Account, StoredMessage] | None = None
    mentioned: Sequence[Account] = ()
    forwarded: int = 0
    expires: int = 0


def in_context(content: Content, context: Context) -> Content:
    """Return the same content with that context."""
    if context == Context():
        return content
    message = proto.Message.FromString(content.message.SerializeToString())
    if message.conversation:
        message.extendedTextMessage.text = message.conversation
        message.ClearField("conversation")
    info = _content(message).contextInfo
    info.mentionedJid.extend(str(account.lid) for account in context.mentioned)
    if context.quoted:
        author, quoted = context.quoted
        info.stanzaId, info.participant = quoted.id, str(author.lid)
        info.quotedMessage.ParseFromString(quoted.payload)
        info.quotedMessage.ClearField("messageContextInfo")
    if context.forwarded:
        info.isForwarded, info.forwardingScore = True, context.forwarded
    if context.expires:
        info.expiration = context.expires
    return replace(content, message=message)


def wrapped(content: Content, wrapper: str) -> Content:
    """Return the content in a wrapper; what describes the message stays outside."""
    message, inner = proto.Message(), proto.Message.FromString(content.message.SerializeToString())
    message.messageContextInfo.CopyFrom(inner.messageContextInfo)
    inner.ClearField("messageContextInfo")
    getattr(message, wrapper).message.CopyFrom(inner)
    return replace(content, message=message)


def unwrapped(message: Message) -> tuple[Message, bool]:
    """Return the message without its wrappers, and whether it is to be viewed once."""
    view_once = False
    while wrapper := next((name for name in _WRAPPERS if message.HasField(name)), None):
        view_once = view_once or wrapper in _VIEW_ONCE
        message = getattr(message, wrapper).message
    return message, view_once


def context_of(message: Message) -> Any:  # noqa: ANN401 - a proto.ContextInfo
    """Return the context of a message without wrappers; None where it can have none."""
    return getattr(_content(message), "contextInfo", None)


def _content(message: Message) -> Any:  # noqa: ANN401
    """Return the part that is the content of a message; None of an empty one."""
    return next((value for field, value in message.ListFields() if field.name not in _BESIDE), None)
