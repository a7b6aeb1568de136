"""The files that phones send when they are given none, and the thumbnails of pictures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import NamedTuple

from PIL import Image

_FOLDER = Path(__file__).with_name("samples")
_THUMBNAIL = (100, 100)
_MAX_PIXELS = 100_000_000
_FILES = {
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.m4a", "audio/mp4"),
    "voice": ("voice.ogg", "audio/ogg; codecs=opus"),
    "document": ("document.pdf", "application/pdf"),
    "sticker": ("sticker.webp", "image/webp"),
}


class Sample(NamedTuple):
    data: bytes
    mimetype: str


class Preview(NamedTuple):
    """Width and height of a picture, and a small JPEG of it; nothing of what is no picture."""

    width: int = 0
    height: int = 0
    thumbnail: bytes = b""


def sample(kind: str) -> Sample:
    """Return a small file of this kind of message; images are in one random colour."""
    if kind == "image":
        return Sample(_image(), "image/png")
    name, mimetype = _FILES[kind]
    return Sample((_FOLDER / name).read_bytes(), mimetype)


def video_still() -> bytes:
    """Return the first picture of the sample video."""
    return (_FOLDER / "video.jpg").read_bytes()


def preview(data: bytes) -> Preview:
    """Return size and thumbnail of a picture as a phone makes them."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
            if width * height > _MAX_PIXELS:
                return Preview(width, height)
            small = picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Preview()
    small.thumbnail(_THUMBNAIL)
    made = io.BytesIO()
    small.save(made, "JPEG", quality=60)
    return Preview(width, height, made.getvalue())


def _image() -> bytes:
    made, (red, green, blue) = io.BytesIO(), os.urandom(3)
    Image.new("RGB", (160, 120), (red, green, blue)).save(made, "PNG")
    return made.getvalue()
