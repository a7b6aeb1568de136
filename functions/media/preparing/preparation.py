"""Prepares a file as one kind of message."""

from __future__ import annotations

from pathlib import Path

from functions.media.preparing.audio import prepare_audio, prepare_voice
from functions.media.preparing.documents import prepare_document
from functions.media.preparing.images import MIMETYPES, prepare_image
from functions.media.preparing.prepared import Prepared
from functions.media.preparing.recognition import recognise
from functions.media.preparing.rejection import MediaRejected
from functions.media.preparing.stickers import prepare_sticker
from functions.media.preparing.video import prepare_video
from gateway.domain.media import MediaReason


def prepare(kind: str, source: Path, target: Path, file_name: str | None = None) -> Prepared:
    """Return what is sent as a message of `kind`: the source, or what was written to `target`. Raises MediaRejected."""
    if source.stat().st_size == 0:
        raise MediaRejected(MediaReason.EMPTY)
    match kind:
        case "image" | "sticker":
            _require_picture(source)
            return prepare_image(source, target) if kind == "image" else prepare_sticker(source, target)
        case "video":
            return prepare_video(source, target)
        case "audio":
            return prepare_audio(source, target)
        case "voice":
            return prepare_voice(source, target)
        case _:
            return prepare_document(source, file_name)


def _require_picture(source: Path) -> None:
    if recognise(source) not in MIMETYPES:
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE)
