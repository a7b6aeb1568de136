"""Pauses between attempts that grow, and that differ between sessions so that they do not all retry at once."""

from __future__ import annotations

from random import SystemRandom

_RANDOM = SystemRandom()


def pause(base: float, limit: float, failures: int) -> float:
    """Return the seconds to wait after so many earlier failures: `base` doubled by each, shortened by up to a half."""
    full = min(limit, base * 2.0 ** min(failures, 30))
    return _RANDOM.uniform(full / 2, full)


class Backoff:
    """`base` seconds for the first pause, doubled each time up to `limit`, each shortened by up to a half."""

    def __init__(self, base: float, limit: float) -> None:
        self._base = base
        self._limit = limit
        self._failures = 0

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        self._failures += 1
        return pause(self._base, self._limit, self._failures - 1)

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._failures = 0
