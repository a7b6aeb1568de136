"""Whether the database answers a worker, and how fast: known by what it asks anyway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

# After so long without an answer it counts as away; no question takes so long that is only in somebody's way.
SILENCE_SECONDS = 5.0


class DatabaseHealth:
    """One thread asks at a time; any may read."""

    def __init__(self) -> None:
        self._latency: float | None = None
        self._asked_at = float("inf")

    @property
    def latency(self) -> float | None:
        """Seconds that the last answer took; None before the first, and while none comes."""
        return None if time.monotonic() - self._asked_at > SILENCE_SECONDS else self._latency

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Measure what is asked in the block; an error that the server itself reports is an answer, too."""
        begun = self._asked_at = time.monotonic()
        try:
            yield
            self._latency = time.monotonic() - begun
        except psycopg.Error as error:
            if error.sqlstate is None:
                self._latency = None
            raise
        finally:
            self._asked_at = float("inf")
