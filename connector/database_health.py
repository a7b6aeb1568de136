"""Whether the database answers a worker, and how fast: known by what it asks anyway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class DatabaseHealth:
    """`latency` is that of the last answer, in seconds; None before the first, and while none comes."""

    def __init__(self) -> None:
        self.latency: float | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Measure what is asked in the block; an error that the server itself reports is an answer, too."""
        begun = time.monotonic()
        try:
            yield
        except psycopg.Error as error:
            if error.sqlstate is None:
                self.latency = None
            raise
        self.latency = time.monotonic() - begun
