"""The small pictures inside messages, which phones show before they have the file."""

from __future__ import annotations

import io

from PIL import Image

# What is opened of what strangers send.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 10_000
_SIDE = 200
_QUALITIES = (70, 50, 30, 10)


def thumbnail_of(image: Image.Image) -> bytes | None:
    """Return a JPEG of at most MAX_BYTES; None where even the coarsest is larger. `image` is RGB and stays as it is."""
    small = image.copy() if max(image.size) <= _SIDE else image.resize(_fitting(image.size), reducing_gap=2.0)
    for quality in _QUALITIES:
        written = io.BytesIO()
        small.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= MAX_BYTES:
            return written.getvalue()
    return None


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
