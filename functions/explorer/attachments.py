"""The file of a message in its bubble: where the browser gets it, how much room it takes, why it is not there."""

from __future__ import annotations

from typing import Any

from functions.explorer.auth import PATH
from gateway.client import Message
from gateway.domain.media import REASON_SENTENCES, MediaReason, MediaState

# A picture stands in a box of so many CSS pixels, whose room is kept while it loads.
_BOX = 300
_STICKER_BOX = 140
_PENDING = "The file is on its way."
_GONE = "The file is not available."
_MEGABYTE, _KILOBYTE = 1_000_000, 1000


class Attachment:
    """A file; `kind` is the message's type."""

    def __init__(self, message: Message) -> None:
        self.kind = message.message_type
        self._url = message.media_url
        self._known: dict[str, Any] = message.media or {}

    @property
    def url(self) -> str:
        """Where the browser gets the file; empty while it is not there."""
        is_there = self._known.get("status") == MediaState.AVAILABLE
        return f"{PATH}{self._url}" if self._url and is_there else ""

    @property
    def picture(self) -> str:
        """Where the browser gets what is drawn in the bubble: the small copy, else the picture itself."""
        return self.thumbnail or self.url

    @property
    def thumbnail(self) -> str:
        """Where the browser gets the small copy, or what is shown of a film; empty where there is none."""
        thumbnail = self._known.get("thumbnailUrl")
        return f"{PATH}{thumbnail}" if self.url and thumbnail else ""

    @property
    def missing(self) -> str:
        """Why the file is not there; empty where it is, or where there never was one."""
        if self.is_pending:
            return _PENDING
        is_gone = self._known.get("status") in (MediaState.UNAVAILABLE, MediaState.ERASED)
        return _reason(self._known.get("reason")) if is_gone else ""

    @property
    def is_pending(self) -> bool:
        """Whether it may still come."""
        return self._known.get("status") == MediaState.PENDING

    @property
    def box(self) -> tuple[int, int]:
        """Width and height of the picture in the bubble, in its proportions."""
        largest = _STICKER_BOX if self.kind == "sticker" else _BOX
        width, height = self._known.get("width") or 4, self._known.get("height") or 3
        scale = largest / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    @property
    def name(self) -> str:
        return self._known.get("fileName") or "File"

    @property
    def facts(self) -> str:
        """How long it plays, its type and size, as far as they are known."""
        facts = [_duration(self._known.get("seconds")), self._known.get("mimetype"), _size(self._known.get("size"))]
        return " · ".join(fact for fact in facts if fact)

    @property
    def duration(self) -> str:
        """How long it plays, in minutes and seconds; empty where that is not known."""
        return _duration(self._known.get("seconds"))


def _reason(reason: str | None) -> str:
    try:
        return REASON_SENTENCES[MediaReason(reason or "")]
    except (ValueError, KeyError):
        return _GONE


def _duration(seconds: int | None) -> str:
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def _size(octets: int | None) -> str:
    if octets is None:
        return ""
    return f"{octets / _MEGABYTE:.1f} MB" if octets >= _MEGABYTE else f"{max(1, round(octets / _KILOBYTE))} kB"
