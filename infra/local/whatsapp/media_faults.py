"""What the media hosts do wrong: the faults that uploads and downloads of files meet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Direction(StrEnum):
    UPLOAD = "upload"
    DOWNLOAD = "download"


class Way(StrEnum):
    """How a client names the file that it downloads: by the message's URL as it is, or by a path of its own making."""

    URL = "url"
    PATH = "path"


class Effect(StrEnum):
    """`stall`: half of it, and no more until the faults are cleared; `cut`: half of it, then the connection ends.

    `corrupt`: a flipped bit.
    """

    STALL = "stall"
    CUT = "cut"
    CORRUPT = "corrupt"


class Transfer(NamedTuple):
    """One upload or download: of which kind of file, at which host, and how the client names it."""

    direction: Direction
    kind: str
    host: str
    way: Way | None = None


@dataclass(slots=True)
class MediaFault:
    """Hits the next `left` transfers (None: all) that are as it says; a part that is None applies to all.

    It answers with `status`, sends or receives no more than `rate` bytes a second, or has an `effect`.
    """

    direction: Direction
    left: int | None = None
    kind: str | None = None
    host: str | None = None
    way: Way | None = None
    status: int | None = None
    rate: int | None = None
    effect: Effect | None = None

    def hits(self, transfer: Transfer) -> bool:
        """Return whether the transfer is hit, and count it."""
        wanted = (self.direction, self.kind, self.host, self.way)
        if self.left == 0 or any(part not in (None, own) for part, own in zip(wanted, transfer, strict=True)):
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass(slots=True)
class MediaFaults:
    """The faults in effect; `lifetime` is for how many seconds the URLs made from now on are good."""

    faults: list[MediaFault] = field(default_factory=list)
    lifetime: int | None = None
    cleared: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    def of(self, transfer: Transfer) -> MediaFault | None:
        """Return the first fault that hits the transfer."""
        return next((fault for fault in self.faults if fault.hits(transfer)), None)

    def clear(self) -> None:
        """Forget all faults; what has stalled goes on."""
        self.faults.clear()
        self.lifetime = None
        self.cleared.set()
        self.cleared = asyncio.Event()
