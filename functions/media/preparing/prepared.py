"""What is known of a file that is ready to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from functions.media.preparing.rejection import MediaRejected
from gateway.domain.media import MediaReason

# What fits into a message; sixty-eight years.
_LONGEST_SECONDS = 2.0**31


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


def whole_seconds(seconds: float | None) -> int | None:
    """Return a length as messages say it, at least 1; None where it is not known.

    Raises MediaRejected for a file that claims to last for ever.
    """
    if not seconds:
        return None
    if not seconds < _LONGEST_SECONDS:
        raise MediaRejected(MediaReason.BROKEN_FILE)
    return max(round(seconds), 1)
