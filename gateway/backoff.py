"""Pauses between attempts that grow, and that differ so that those who failed together do not all retry at once."""

from __future__ import annotations

from random import SystemRandom

_RANDOM = SystemRandom()


def growing(base: float, limit: float, failures: int, factor: float = 2.0) -> float:
    """Return the pause after so many failures before this one: `base`, times `factor` each time, up to `limit`."""
    return min(limit, base * factor ** min(failures, 30))


def jittered(pause: float) -> float:
    """Return the pause, shortened at random by up to a half."""
    return _RANDOM.uniform(pause / 2, pause)


class Backoff:
    """`base` seconds for the first pause, doubled each time up to `limit`, each shortened by up to a half."""

    def __init__(self, base: float, limit: float) -> None:
        self._base = base
        self._limit = limit
        self._failures = 0

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        pause = growing(self._base, self._limit, self._failures)
        self._failures += 1
        return jittered(pause)

    def reset(self) -> None:
        """Begin with the first pause again."""
        self._failures = 0
