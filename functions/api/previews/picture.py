"""The small picture inside a preview.

Its size is read from the header and judged before a pixel is decoded: a small file may unfold into gigabytes.
"""

from __future__ import annotations

import io

from PIL import Image

from gateway.pictures import FORMATS, thumbnail_of, without_transparency

# 48 MB while it is decoded; sites offer pictures of one or two megapixels.
MAX_PIXELS = 12_000_000
# What is decoded of a JPEG, which need not be decoded whole.
_SIDE = 400


def read_picture(data: bytes) -> bytes | None:
    """Return a small JPEG of a picture; None for what is none, or too large a one."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", (_SIDE, _SIDE))
            return thumbnail_of(without_transparency(image))
    # What Pillow raises over broken files; ValueError also for texts inside that unfold too far.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
