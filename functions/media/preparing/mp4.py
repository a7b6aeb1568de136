"""What an MP4 file says of itself: length, size as shown and codecs. Only the index is read, never the film.

A file is a row of boxes, each of a length (4 bytes, or 8 after the type where it is 1), a type of 4 letters, and
content, which in some is boxes again (ISO/IEC 14496-12).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason

# Of half an hour it has less than 2 MB.
_LARGEST_INDEX = 16_000_000
_CONTAINERS = frozenset({"trak", "mdia", "minf", "stbl"})


@dataclass(frozen=True, slots=True)
class Mp4:
    """`codecs` are the four letters of each track's, such as avc1; `width` and `height` are 0 without video.

    `seconds` are 0 where the index does not say them, as of a film that was written while it was recorded.
    """

    seconds: float
    width: int
    height: int
    codecs: frozenset[str]


def read_mp4(path: Path) -> Mp4:
    """Raise MediaRejected for a file without a readable index."""
    try:
        boxes = list(_boxes(memoryview(_index(path))))
        seconds = next(_seconds(content) for kind, content in boxes if kind == "mvhd")
        sizes = [_size(content) for kind, content in boxes if kind == "tkhd"]
        codecs = frozenset(bytes(content[12:16]).decode("latin-1") for kind, content in boxes if kind == "stsd")
    except (struct.error, StopIteration, IndexError, RecursionError, ZeroDivisionError) as error:
        raise MediaRejected(MediaReason.BROKEN_FILE) from error
    width, height = max(sizes, default=(0, 0))
    return Mp4(seconds, width, height, codecs)


def _index(path: Path) -> bytes:
    """Return the content of the box `moov`, wherever in the file it is. Raises struct.error where there is none."""
    end = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at + 8 <= end:
            file.seek(at)
            length, kind, header = _header(file.read(16), end - at)
            if kind == "moov":
                if length > _LARGEST_INDEX:
                    raise MediaRejected(MediaReason.BROKEN_FILE)
                file.seek(at + header)
                return file.read(length - header)
            at += length
    raise struct.error("no index")


def _boxes(content: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Yield every box, those within before those after."""
    at = 0
    while at + 8 <= len(content):
        length, kind, header = _header(content[at : at + 16], len(content) - at)
        inner = content[at + header : at + length]
        yield kind, inner
        if kind in _CONTAINERS:
            yield from _boxes(inner)
        at += length


def _header(beginning: bytes | memoryview, left: int) -> tuple[int, str, int]:
    """Return a box's length, type and where its content begins. Raises struct.error."""
    length, kind = struct.unpack_from(">I4s", beginning)
    header = 8
    if length == 1:
        (length,) = struct.unpack_from(">Q", beginning, 8)
        header = 16
    elif length == 0:
        length = left
    if not header <= length <= left:
        raise struct.error("a box longer than what holds it")
    return length, kind.decode("latin-1"), header


def _seconds(content: memoryview) -> float:
    scale, duration, unknown = (
        (*struct.unpack_from(">IQ", content, 20), 2**64 - 1)
        if content[0] == 1
        else (*struct.unpack_from(">II", content, 12), 2**32 - 1)
    )
    return 0.0 if duration == unknown else float(duration / scale)


def _size(content: memoryview) -> tuple[int, int]:
    """Return width and height as shown: a camera held upright notes a quarter turn in the matrix."""
    matrix_at = 52 if content[0] == 1 else 40
    straight, turned = struct.unpack_from(">ii", content, matrix_at)
    width, height = (value >> 16 for value in struct.unpack_from(">II", content, matrix_at + 36))
    return (height, width) if abs(turned) > abs(straight) else (width, height)
