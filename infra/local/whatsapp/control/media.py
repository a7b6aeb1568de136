"""The request bodies of messages with files, and of albums."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Base64Bytes, Field

from infra.local.whatsapp.control.models import NewMessage

Spoiled = Literal["key", "mac", "blobHash", "hash", "size", "missing"]


class FileMessage(NewMessage):
    """base64: the file, else a sample is sent. spoiled: what its receivers find wrong with it.

    view_once: linked devices are told that it is there, and do not get it.
    """

    base64: Base64Bytes | None = None
    mimetype: str | None = Field(default=None, max_length=200)
    spoiled: Spoiled | None = None
    view_once: bool = False


class AlbumPart(FileMessage):
    """album: the id of the album message it belongs to."""

    caption: str = ""
    album: str | None = None


class ImageMessage(AlbumPart):
    """hd_of: the id of the picture of which it is the better copy."""

    kind: Literal["image"]
    hd_of: str | None = None


class VideoMessage(AlbumPart):
    """gif: plays without sound again and again. round: recorded as a video note."""

    kind: Literal["video"]
    gif: bool = False
    round: bool = False
    seconds: int = Field(default=1, ge=0)


class AudioMessage(FileMessage):
    kind: Literal["audio"]
    seconds: int = Field(default=2, ge=0)


class VoiceMessage(FileMessage):
    """waveform: 64 loudnesses from 0 to 100."""

    kind: Literal["voice"]
    seconds: int = Field(default=2, ge=0)
    waveform: list[Annotated[int, Field(ge=0, le=100)]] | None = Field(default=None, min_length=64, max_length=64)


class DocumentMessage(FileMessage):
    kind: Literal["document"]
    filename: str = Field(default="House rules.pdf", max_length=1000)
    title: str = ""
    pages: int = Field(default=1, ge=0)
    caption: str = ""


class StickerMessage(FileMessage):
    kind: Literal["sticker"]
    animated: bool = False


class AlbumMessage(NewMessage):
    """The head of an album of so many images and videos, which are sent after it."""

    kind: Literal["album"]
    images: int = Field(default=0, ge=0, le=100)
    videos: int = Field(default=0, ge=0, le=100)


FileBody: TypeAlias = ImageMessage | VideoMessage | AudioMessage | VoiceMessage | DocumentMessage | StickerMessage
