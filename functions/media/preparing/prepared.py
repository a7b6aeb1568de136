"""What is known of a file that is ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """`path` is the given file itself where nothing had to be changed; `thumbnail` is a JPEG of at most 10 KB.

    `width` and `height` are as shown, after any turning; `waveform` has 64 bytes of 0 to 100.
    """

    path: Path
    mimetype: str
    width: int | None = None
    height: int | None = None
    seconds: int | None = None
    page_count: int | None = None
    waveform: bytes | None = None
    thumbnail: bytes | None = None
