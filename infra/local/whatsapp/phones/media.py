"""Messages with files: their protobuf, and what people see of those that come."""

from __future__ import annotations

import base64
import os
import time
from dataclasses import replace
from typing import Any, NamedTuple

from infra.local.whatsapp.control.media import (
    AudioMessage,
    DocumentMessage,
    FileBody,
    ImageMessage,
    StickerMessage,
    VideoMessage,
    VoiceMessage,
)
from infra.local.whatsapp.messages.media_store import MEDIA_HOST, MediaStore
from infra.local.whatsapp.phones.contents import Content, Message
from infra.local.whatsapp.phones.files import EncryptedFile, SpoiledFile, decrypt, encrypt
from infra.local.whatsapp.phones.samples import preview, sample, video_still
from infra.local.whatsapp.wire import proto


class MediaPart(NamedTuple):
    """The part of a message that describes a file: the kind of message, the kind of file, and the protobuf."""

    kind: str
    file_kind: str
    described: Any


_PARTS = {
    "imageMessage": ("image", "image"),
    "videoMessage": ("video", "video"),
    "ptvMessage": ("video", "video"),
    "audioMessage": ("audio", "audio"),
    "documentMessage": ("document", "document"),
    "stickerMessage": ("sticker", "image"),
}
_FILE_KINDS = {"voice": "audio", "sticker": "image"}
_MEDIA_TYPES = {"voice": "ptt"}
_SHOWN = ("width", "height", "seconds", "title")
_SHOWN_AS = {"fileName": "filename", "pageCount": "pages", "gifPlayback": "gif", "isAnimated": "animated"}


# What phones send


def file_content(store: MediaStore, body: FileBody) -> Content:
    """Encrypt and upload the file of a request, and return the message with it."""
    given = sample(body.kind)
    data = given.data if body.base64 is None else body.base64
    file_kind = _FILE_KINDS.get(body.kind, body.kind)
    file = _spoiled(encrypt(data, file_kind), body.spoiled)
    message = proto.Message()
    part = getattr(message, _part_name(body))
    _describe_file(part, file, store.put(file_kind, file.blob))
    part.mimetype = body.mimetype or given.mimetype
    if body.spoiled == "missing":
        part.directPath = part.directPath.replace("?", "0?")
        part.url = f"https://{MEDIA_HOST}{part.directPath}"
    _describe_kind(part, body, data)
    media_type = "gif" if isinstance(body, VideoMessage) and body.gif else _MEDIA_TYPES.get(body.kind, body.kind)
    return Content(message, "media", media_type)


def _part_name(body: FileBody) -> str:
    if isinstance(body, VideoMessage) and body.round:
        return "ptvMessage"
    return {"voice": "audioMessage"}.get(body.kind, f"{body.kind}Message")


def _describe_file(part: Any, file: EncryptedFile, direct_path: str) -> None:  # noqa: ANN401 - a protobuf
    part.url, part.directPath = f"https://{MEDIA_HOST}{direct_path}", direct_path
    part.mediaKey, part.fileSha256, part.fileEncSha256 = file.key, file.plain_hash, file.blob_hash
    part.fileLength, part.mediaKeyTimestamp = file.size, int(time.time())


def _describe_kind(part: Any, body: FileBody, data: bytes) -> None:  # noqa: ANN401
    """Fill in what only this kind of message says."""
    match body:
        case ImageMessage() | VideoMessage() | StickerMessage():
            _describe_picture(part, body, data)
        case VoiceMessage():
            part.seconds, part.ptt = body.seconds, True
            part.waveform = bytes(body.waveform or os.urandom(64).translate(bytes(n % 101 for n in range(256))))
        case AudioMessage():
            part.seconds = body.seconds
        case DocumentMessage():
            part.fileName, part.title, part.pageCount = body.filename, body.title or body.filename, body.pages
            if body.caption:
                part.caption = body.caption


def _describe_picture(part: Any, body: ImageMessage | VideoMessage | StickerMessage, data: bytes) -> None:  # noqa: ANN401
    # The first picture of a video is known for the sample alone.
    still = b"" if body.base64 else video_still()
    shown = preview(still if isinstance(body, VideoMessage) else data)
    if shown.thumbnail:
        part.width, part.height = shown.width, shown.height
    if isinstance(body, StickerMessage):
        part.isAnimated = body.animated
        return
    if shown.thumbnail:
        part.jpegThumbnail = shown.thumbnail
    if body.caption:
        part.caption = body.caption
    if isinstance(body, VideoMessage):
        part.seconds, part.gifPlayback = body.seconds, body.gif


def _spoiled(file: EncryptedFile, what: str | None) -> EncryptedFile:
    """Return the file with what its receivers shall find wrong."""
    match what:
        case "key":
            return replace(file, key=file.key[:-1])
        case "mac":
            return replace(file, key=os.urandom(32))
        case "blobHash":
            return replace(file, blob_hash=os.urandom(32))
        case "hash":
            return replace(file, plain_hash=os.urandom(32))
        case "size":
            return replace(file, size=file.size + 1)
    return file


# What phones get


def media_part(message: Message) -> MediaPart | None:
    """Return the part of a message, without its wrappers, that describes a file."""
    for name, (kind, file_kind) in _PARTS.items():
        if message.HasField(name):
            part = getattr(message, name)
            return MediaPart("voice" if kind == "audio" and part.ptt else kind, file_kind, part)
    return None


def media_details(part: MediaPart, *, is_round: bool) -> dict[str, Any]:
    """Return what a message says of its file."""
    described = part.described
    names = {field.name for field, _ in described.ListFields()}
    details = {"mimetype": described.mimetype}
    details |= {name: getattr(described, name) for name in _SHOWN if name in names}
    details |= {shown: getattr(described, name) for name, shown in _SHOWN_AS.items() if name in names}
    if is_round:
        details["round"] = True
    if "waveform" in names:
        details["waveform"] = list(described.waveform)
    if "jpegThumbnail" in names:
        details["thumbnail"] = base64.b64encode(described.jpegThumbnail).decode()
    return details


def open_file(store: MediaStore, part: MediaPart) -> bytes:
    """Return the decrypted file of a message, as a phone downloads it; raise SpoiledFile."""
    described = part.described
    path = store.find(described.directPath)
    if path is None:
        raise SpoiledFile("missing")
    file = EncryptedFile(
        path.read_bytes(),
        described.mediaKey,
        described.fileSha256,
        described.fileEncSha256,
        described.fileLength,
    )
    return decrypt(file, part.file_kind)
