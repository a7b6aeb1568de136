"""Pictures: upright, without transparency, and small, as phones show them before they have the file."""

from __future__ import annotations

import io

from PIL import Image

# What is opened of what strangers send.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 10_000
_SIDE = 200
_QUALITIES = (70, 50, 30, 10)
_ORIENTATION = 0x0112
# How a picture is turned that a camera noted so (Exif 2.32, 4.6.4).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def thumbnail_of(image: Image.Image) -> bytes | None:
    """Return a JPEG of at most MAX_BYTES; None where even the coarsest is larger. `image` is RGB and stays as it is."""
    small = image.copy() if max(image.size) <= _SIDE else image.resize(_fitting(image.size), reducing_gap=2.0)
    for quality in _QUALITIES:
        written = io.BytesIO()
        small.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= MAX_BYTES:
            return written.getvalue()
    return None


def upright(image: Image.Image) -> Image.Image:
    """Return a copy, turned as the camera noted it.

    Pillow's own exif_transpose() also writes again all else that was noted, and fails where any of it is broken.
    """
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return image.copy() if turn is None else image.transpose(turn)


def without_transparency(image: Image.Image) -> Image.Image:
    """Return it as RGB; JPEG knows no transparency, and what was transparent becomes white, as it is on paper."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    whole = image.convert("RGBA")
    white = Image.new("RGB", whole.size, "white")
    white.paste(whole, mask=whole.getchannel("A"))
    return white


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    factor = _SIDE / max(size)
    return max(round(size[0] * factor), 1), max(round(size[1] * factor), 1)
