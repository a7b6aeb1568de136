"""The small picture inside a preview.

Its size is read from the header and judged before a pixel is decoded: a small file may unfold into gigabytes.
"""

from __future__ import annotations

import io

from PIL import Image

MAX_BYTES = 8_000
_MAX_PIXELS = 12_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_SIDE = 160
_QUALITIES = (75, 50, 25)


def thumbnail_of(picture: bytes) -> bytes | None:
    """Return a JPEG of at most MAX_BYTES; None where the bytes are no picture, or one that is too large."""
    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as image:
            return _written(_small(image)) if image.width * image.height <= _MAX_PIXELS else None
    # What Pillow raises over broken files; ValueError also for texts inside that unfold too far.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _small(image: Image.Image) -> Image.Image:
    """Return it as RGB: JPEG knows no transparency, and what was transparent becomes white, as it is on paper."""
    image.draft("RGB", (_SIDE, _SIDE))
    image.thumbnail((_SIDE, _SIDE), reducing_gap=2.0)
    if not image.has_transparency_data:
        return image.convert("RGB")
    whole = image.convert("RGBA")
    white = Image.new("RGB", whole.size, "white")
    white.paste(whole, mask=whole.getchannel("A"))
    return white


def _written(image: Image.Image) -> bytes | None:
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= MAX_BYTES:
            return written.getvalue()
    return None
