"""Pictures made by hand."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def picture(width: int, height: int, form: str) -> bytes:
    buffer = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(buffer, form)
    return buffer.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A PNG of some hundred kilobytes that says of itself to have 100 megapixels, and has.
BOMB = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0" * (10_000 * 30_001), 9)),
        _chunk(b"IEND", b""),
    )
)
