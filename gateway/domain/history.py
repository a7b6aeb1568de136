"""The history that a phone gives when it is linked: how much of it is wanted, and how far its import has come. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.domain.errors import InvalidInput

LONGEST_DAYS = 3650
# Percent.
ALL = 100
# Events of the progress are at least so far apart.
ANNOUNCED_EVERY = timedelta(seconds=3)
# After so long without anything new the phone will send no more.
QUIET = timedelta(minutes=15)


class HistoryScope(StrEnum):
    """Which history a linked phone is asked for; how much it sends is its decision."""

    NONE = "none"
    RECENT = "recent"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class HistoryWish:
    """`days` back; None leaves it to the phone."""

    scope: HistoryScope = HistoryScope.NONE
    days: int | None = None


NO_HISTORY = HistoryWish()


def wish(scope: HistoryScope | None, days: int | None) -> HistoryWish | None:
    """Return what is wanted, None where nothing is said. Raises InvalidInput for days of no history."""
    if days is not None and scope in (None, HistoryScope.NONE):
        raise InvalidInput("historyDays", "Days are for a history that is asked for: give history, recent or full.")
    return None if scope is None else HistoryWish(scope, days)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The end of a part of the history, as the phone numbers and counts them."""

    kind: int
    number: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class HistoryImport:
    """How far an import has come; `percent` is the phone's figure, times are ISO 8601.

    `chunks` are the kind and the number of those that are imported as a whole.
    """

    percent: int = 0
    chats: int = 0
    messages: int = 0
    chunks: tuple[tuple[int, int], ...] = ()
    started_at: str | None = None
    last_at: str | None = None
    announced_at: str | None = None
    finished_at: str | None = None
    complete: bool | None = None

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> HistoryImport:
        """Return what a row of whatsapp_sessions says."""
        values = stored or {}
        return cls(**{**values, "chunks": tuple((kind, number) for kind, number in values.get("chunks", ()))})

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)

    @property
    def is_whole(self) -> bool:
        """Whether the phone said that this was all, and no chunk is missing."""
        return self.percent >= ALL and all(map(_has_no_gap, self._numbers().values()))

    def _numbers(self) -> dict[int, set[int]]:
        numbers: dict[int, set[int]] = {}
        for kind, number in self.chunks:
            numbers.setdefault(kind, set()).add(number)
        return numbers

    def advanced(self, messages: int, chunks: Sequence[Chunk], at: datetime) -> HistoryImport:
        """Return it with what a batch of pieces has brought; messages that come after the end begin it again."""
        numbers = {(chunk.kind, chunk.number) for chunk in chunks if chunk.number is not None}
        return replace(
            self,
            percent=max([self.percent, *(min(chunk.percent or 0, ALL) for chunk in chunks)]),
            messages=self.messages + messages,
            chunks=tuple(sorted({*self.chunks, *numbers})),
            started_at=self.started_at or at.isoformat(),
            last_at=at.isoformat(),
            finished_at=None if messages else self.finished_at,
            complete=None if messages else self.complete,
        )

    def is_to_be_announced(self, at: datetime) -> bool:
        """Return whether the last event of the progress is long enough ago."""
        return self.announced_at is None or at - datetime.fromisoformat(self.announced_at) >= ANNOUNCED_EVERY

    def announced(self, chats: int, at: datetime) -> HistoryImport:
        """Return it as it is told now."""
        return replace(self, chats=chats, announced_at=at.isoformat())

    def told(self) -> dict[str, Any]:
        """Return the data of an event of the progress."""
        return {"percent": self.percent, "chats": self.chats, "messages": self.messages}

    def told_at_end(self) -> dict[str, Any]:
        """Return the data of the event of the end."""
        return {"complete": bool(self.complete), "chats": self.chats, "messages": self.messages}

    def finished(self, chats: int, at: datetime) -> HistoryImport:
        """Return it as ended; what is missing then was lost with a process, or the phone has ended it."""
        return replace(self, chats=chats, finished_at=at.isoformat(), complete=self.is_whole)


def _has_no_gap(numbers: set[int]) -> bool:
    return len(numbers) == max(numbers) - min(numbers) + 1
