"""A small picture of a picture. What opens it is kept to a few formats, and to sizes that fit into memory."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, UnidentifiedImageError

from gateway.pictures import FORMATS, upright, without_transparency

_SIDE = 480
_QUALITY = 80
# Four bytes each while it is decoded. A JPEG is decoded at an eighth of its size where that is enough.
_MOST_PIXELS = 25_000_000
_MOST_JPEG_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """What a file proved to be; `thumbnail` is a JPEG, None where the picture is too large to be decoded."""

    mimetype: str
    width: int
    height: int
    thumbnail: bytes | None


def look_at(file: IO[bytes]) -> Picture | None:
    """Return what a picture is; None for what is no picture of these formats, or a broken one."""
    try:
        # Pillow warns of what could be a bomb, which the number of pixels decides here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                return _look_at(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, MemoryError):
        return None


def _look_at(image: Image.Image) -> Picture:
    width, height = image.size
    mimetype = Image.MIME[image.format or ""]
    most = _MOST_JPEG_PIXELS if image.format == "JPEG" else _MOST_PIXELS
    return Picture(mimetype, width, height, _thumbnail(image) if width * height <= most else None)


def _thumbnail(image: Image.Image) -> bytes:
    image.draft("RGB", (_SIDE, _SIDE))
    small = upright(image)
    small.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    without_transparency(small).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
