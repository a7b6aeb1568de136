"""The wall clocks of processes, which can be moved: libfaketime stands before the C library that tells them the time.

A monotonic clock goes on as it is, as the kernel's does. Go asks the kernel itself, so the WhatsApp client keeps the
true time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

_PRELOADED = Path(__file__).with_name("preloaded")
_SHARED_MEMORY = Path("/dev/shm")


def library() -> Path | None:
    """Return where libfaketime is, as Debian's package of that name installs it; None where it is not."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class Clock:
    """Of the processes that are started with what `applied` returns; `file` says how far it is from the true time."""

    def __init__(self, preload: Path, file: Path) -> None:
        self._preload = preload
        self._file = file
        self.move(0)

    def applied(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of processes that have this clock."""
        return {
            **environment,
            "LD_PRELOAD": str(self._preload),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # The file is read again once a second, not at each look at the clock.
            "FAKETIME_CACHE_DURATION": "0",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Or each timed wait for Python's lock would be over at once.
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_PRELOADED), environment.get("PYTHONPATH")))),
        }

    @property
    def prefix(self) -> tuple[str, ...]:
        """What runs a command with the environment, for one that another account runs: it shares no memory with us."""
        return ("/usr/bin/env", *(f"{name}={value}" for name, value in self.applied({}).items()))

    def move(self, seconds: int) -> None:
        """Set how far it is ahead of the true time, or behind it; the processes see that within a second."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        draft.rename(self._file)


@dataclass(frozen=True, slots=True)
class Jump:
    """Between which true times (Unix time) a clock was so many seconds ahead, or behind."""

    begun: float
    ended: float
    seconds: int


def true_times(told: float, jumps: Iterable[Jump], slack: float = 1.5) -> list[float]:
    """Return at which true times a clock may have told a time, `slack` seconds before or after it moved included."""
    then = (jump for jump in jumps if jump.begun - slack <= told - jump.seconds <= jump.ended + slack)
    return [told, *(told - jump.seconds for jump in then)]


def forget_killed() -> None:
    """Remove the memory that processes shared which were killed: libfaketime does so at an orderly end only."""
    for path in (*_SHARED_MEMORY.glob("faketime_shm_*"), *_SHARED_MEMORY.glob("sem.faketime_sem_*")):
        if not psutil.pid_exists(int(path.name.rpartition("_")[2])):
            path.unlink(missing_ok=True)
