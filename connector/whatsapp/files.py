"""Files inside messages that we send, as WhatsApp's protobuf."""

from __future__ import annotations

from typing import Any

from connector.whatsapp.library import e2e_pb2
from gateway.domain.files import SentFile
from gateway.domain.outbound import File

# The library's number of each kind: by it the key is derived, and WhatsApp's host chosen.
UPLOAD_TYPES = {"image": 0, "sticker": 0, "video": 1, "audio": 2, "voice": 2, "document": 3}


def write_file(message: e2e_pb2.Message, content: File, file: SentFile) -> None:
    """Write the part of a message that is the file, with its caption and what phones show before they have it."""
    part = _part(message, content)
    _write_whereabouts(part, file)
    _write_looks(part, content.kind, file)
    if content.caption:
        part.caption = content.caption
    if content.gif:
        part.gifPlayback = True
    if content.kind == "voice":
        part.PTT = True
    if content.kind == "document":
        part.fileName = part.title = content.file_name or file.file_name or "document"


def _part(message: e2e_pb2.Message, content: File) -> Any:  # noqa: ANN401 - one of five protobufs
    match content.kind:
        case "image":
            return message.imageMessage
        case "video":
            return message.ptvMessage if content.round else message.videoMessage
        case "audio" | "voice":
            return message.audioMessage
        case "sticker":
            return message.stickerMessage
    # Official clients wrap a document that has a caption.
    if content.caption:
        return message.documentWithCaptionMessage.message.documentMessage
    return message.documentMessage


def _write_whereabouts(part: Any, file: SentFile) -> None:  # noqa: ANN401
    there = file.at_whatsapp
    part.URL, part.directPath, part.mimetype = there.url, there.direct_path, file.mimetype
    part.mediaKey, part.mediaKeyTimestamp = there.media_key, int(file.uploaded_at.timestamp())
    part.fileSHA256, part.fileEncSHA256, part.fileLength = there.sha256, there.encrypted_sha256, there.size


def _write_looks(part: Any, kind: str, file: SentFile) -> None:  # noqa: ANN401
    if file.width and file.height and kind in ("image", "video", "sticker"):
        part.width, part.height = file.width, file.height
    if file.thumbnail and kind in ("image", "video", "document"):
        part.JPEGThumbnail = file.thumbnail
    if file.seconds and kind in ("video", "audio", "voice"):
        part.seconds = file.seconds
    if file.waveform and kind == "voice":
        part.waveform = file.waveform
    if file.page_count and kind == "document":
        part.pageCount = file.page_count
