"""Stickers: WebP of 512 by 512 pixels, small. Animated ones are left as they are, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image, ImageOps

from functions.media.preparing.images import opened
from functions.media.preparing.prepared import Prepared
from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason
from gateway.pictures import upright

SIDE = 512
MAX_BYTES = 100_000
MAX_ANIMATED_BYTES = 500_000
MIMETYPE = "image/webp"
_QUALITIES = (90, 70, 50, 30, 10)


def prepare_sticker(source: Path, target: Path) -> Prepared:
    """Write the sticker to `target`, fitted into the square, what is around it transparent. Raises MediaRejected."""
    with opened(source) as image:
        if getattr(image, "is_animated", False):
            _require_animated_sticker(image, source)
            shutil.copyfile(source, target)
        else:
            _write(upright(image), target)
    return Prepared(target, MIMETYPE, SIDE, SIDE)


def _require_animated_sticker(image: Image.Image, source: Path) -> None:
    if image.format != "WEBP" or image.size != (SIDE, SIDE):
        detail = f"An animated sticker must be a WebP of {SIDE} by {SIDE} pixels."
        raise MediaRejected(MediaReason.UNSUPPORTED_TYPE, detail)
    if source.stat().st_size > MAX_ANIMATED_BYTES:
        detail = f"An animated sticker may have {MAX_ANIMATED_BYTES // 1000} KB."
        raise MediaRejected(MediaReason.TOO_LARGE, detail)


def _write(image: Image.Image, target: Path) -> None:
    image.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    square = ImageOps.pad(image.convert("RGBA"), (SIDE, SIDE), color=(0, 0, 0, 0))
    square.info = {}
    for quality in _QUALITIES:
        square.save(target, "WEBP", quality=quality, method=4)
        if target.stat().st_size <= MAX_BYTES:
            return
    raise MediaRejected(MediaReason.TOO_LARGE, f"As a sticker the picture has more than {MAX_BYTES // 1000} KB.")
