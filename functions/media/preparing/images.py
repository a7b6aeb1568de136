"""Pictures: upright, without what the camera noted (place, time, device), as JPEG.

Their size is read from the header and judged before a pixel is decoded, so that a small file which unfolds into
gigabytes costs nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from functions.media.preparing.prepared import Prepared
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from gateway.pictures import FORMATS, thumbnail_of, upright, without_transparency

# Cameras of phones have up to 50 megapixels, of which they show a quarter.
MAX_PIXELS = 60_000_000
# Phones show no more; WhatsApp's own apps send less.
LONGEST_SIDE = 4096
MIMETYPES = frozenset({"image/jpeg", "image/png", "image/apng", "image/webp", "image/gif"})
_QUALITY = 90


def prepare_image(source: Path, target: Path) -> Prepared:
    """Write the picture to `target`, of an animated one the first. Raises MediaRejected."""
    with opened(source) as image:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        sent = without_transparency(upright(image))
        sent.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
        # What the file says of itself would be written again; colours alone would change without their profile.
        sent.info = {}
        sent.save(target, "JPEG", quality=_QUALITY, icc_profile=image.info.get("icc_profile"))
        return Prepared(target, "image/jpeg", *sent.size, thumbnail=thumbnail_of(sent))


@contextmanager
def opened(source: Path) -> Iterator[Image.Image]:
    """Open a picture that may be decoded. Raises MediaRejected for what cannot, also while it is used."""
    try:
        with warnings.catch_warnings():
            # Pillow's own limit is another; ours is below it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise MediaRejected(MediaReason.TOO_MANY_PIXELS)
                yield image
    except Image.DecompressionBombError as error:
        raise MediaRejected(MediaReason.TOO_MANY_PIXELS) from error
    # What Pillow raises over broken files; ValueError also for texts inside that unfold too far.
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise MediaRejected(MediaReason.BROKEN_FILE) from error
