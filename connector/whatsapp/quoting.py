"""What a reply shows of the message it replies to, made again of what is stored of that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.whatsapp.jids import without_device
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import Quote
from gateway.domain.phone import Address

# Our kinds that have a caption, and WhatsApp's field of each.
_CAPTIONED = {"image": "imageMessage", "video": "videoMessage", "document": "documentMessage"}


def add_quote(info: Any, quote: Quote) -> None:  # noqa: ANN401 - a ContextInfo: it carries no types
    """Let a message reply to another; a file that this one had is not repeated."""
    info.stanzaID = quote.message_id
    if quote.sender_lid or quote.sender_phone_number:
        info.participant = without_device(Address(quote.sender_lid, quote.sender_phone_number).jid)
    info.quotedMessage.CopyFrom(_quoted(quote.message_type or "text", quote.text or ""))


def caption_of(message: e2e_pb2.Message, kind: str) -> Any:  # noqa: ANN401 - likewise
    """Return the part of the message that holds the caption of a kind. Raise KeyError for a kind that has none."""
    return getattr(message, _CAPTIONED[kind])


def _quoted(kind: str, text: str) -> e2e_pb2.Message:
    message = e2e_pb2.Message()
    if kind in _CAPTIONED:
        part = caption_of(message, kind)
        part.SetInParent()
        if text:
            part.caption = text
    elif kind in _NAMED:
        _NAMED[kind](message, text)
    else:
        message.conversation = text
    return message


def _audio(message: e2e_pb2.Message, _: str) -> None:
    message.audioMessage.SetInParent()


def _voice(message: e2e_pb2.Message, _: str) -> None:
    message.audioMessage.PTT = True


def _sticker(message: e2e_pb2.Message, _: str) -> None:
    message.stickerMessage.SetInParent()


def _location(message: e2e_pb2.Message, text: str) -> None:
    message.locationMessage.name = text


def _contact(message: e2e_pb2.Message, text: str) -> None:
    message.contactMessage.displayName = text


def _poll(message: e2e_pb2.Message, text: str) -> None:
    message.pollCreationMessage.name = text


_NAMED: dict[str, Callable[[e2e_pb2.Message, str], None]] = {
    "audio": _audio,
    "voice": _voice,
    "sticker": _sticker,
    "location": _location,
    "contact": _contact,
    "contacts": _contact,
    "poll": _poll,
}
