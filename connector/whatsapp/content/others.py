"""What else people see: albums, sticker packs, pins, requests for a number, answers of WhatsApp's own assistant."""

from __future__ import annotations

from typing import Any

from connector.whatsapp.content.described import Described
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import Album, Pin, StickerPack


def album(value: e2e_pb2.AlbumMessage) -> Described:
    return Described("album", None, Album(images=value.expectedImageCount, videos=value.expectedVideoCount))


def sticker_pack(value: e2e_pb2.StickerPackMessage) -> Described:
    details = StickerPack(
        name=value.name or None, publisher=value.publisher or None, description=value.packDescription or None
    )
    return Described("sticker_pack", value.caption or value.name or None, details)


def pin(value: e2e_pb2.PinInChatMessage) -> Described:
    return Described("pin", details=Pin(pinned=value.type == 1), target_message_id=value.key.ID or None)


def phone_number_request(_value: e2e_pb2.RequestPhoneNumberMessage) -> Described:
    return Described("phone_number_request")


def rich_text(value: Any) -> Described:  # noqa: ANN401 - of a proto package that is not loaded by name
    """What WhatsApp's own assistant answers; pictures and tables in it are left out."""
    return Described("text", "\n".join(part.messageText for part in value.submessages if part.messageText) or None)
