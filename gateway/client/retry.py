"""When to ask again, and after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` in all; a wait that would be longer than `longest_wait` seconds ends them, the error then says so."""

    attempts: int = 5
    first_wait: float = 0.25
    longest_wait: float = 20.0

    def wait(self, attempt: int, asked: float | None = None) -> float | None:
        """Seconds before the attempt after `attempt` (1 is the first); None where there shall be none."""
        if attempt >= self.attempts:
            return None
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        ceiling: float = min(self.first_wait * 2 ** (attempt - 1), self.longest_wait)
        return ceiling * random.uniform(0.5, 1)  # noqa: S311


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks for, written as a number or as a date."""
    if header is None:
        return None
    try:
        return max(float(header), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)
