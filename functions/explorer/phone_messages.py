"""A message as a virtual phone shows it, over the control API of the local WhatsApp server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from functions.explorer.control_model import ControlModel

_PICTURES = ("image", "sticker")
_SOUNDS = ("audio", "voice")


class PhoneMessage(ControlModel):
    """`timestamp` is in Unix seconds; `votes` are by number what is chosen now, `quoted` is what it replies to."""

    seq: int
    id: str
    sender: str = Field(alias="from")
    recipient: str = Field(alias="to")
    kind: str
    text: str | None = None
    from_me: bool
    status: str
    timestamp: int
    edited: bool = False
    deleted: bool = False
    mimetype: str | None = None
    size: int | None = None
    media_error: str | None = None
    filename: str | None = None
    options: tuple[str, ...] = ()
    votes: Mapping[str, tuple[str, ...]] = {}
    quoted: Mapping[str, Any] | None = None
    contacts: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_unread(self) -> bool:
        return not self.from_me and self.status != "read"

    @property
    def shows(self) -> str:
        """How its file is shown: `picture`, `film`, `sound` or `file`; empty where it has none that was decrypted."""
        if self.size is None or self.deleted:
            return ""
        if self.kind in _PICTURES:
            return "picture"
        return "film" if self.kind == "video" else "sound" if self.kind in _SOUNDS else "file"

    @property
    def is_poll(self) -> bool:
        return self.kind == "poll" and not self.deleted

    @property
    def counted(self) -> list[tuple[str, int]]:
        """The options of a poll, and how many chose each."""
        chosen = Counter(option for options in self.votes.values() for option in set(options))
        return [(option, chosen[option]) for option in self.options]

    @property
    def quoted_text(self) -> str:
        """What it replies to."""
        quoted = self.quoted or {}
        return str(quoted.get("text") or quoted.get("kind") or "")
