"""When a request is repeated, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.backoff import growing, jittered

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a request is repeated after 429, 503 and lost connections.

    There are at most `attempts` requests, the first included. The waits between them grow from `first_wait` seconds by
    a factor of two, with jitter, up to `longest_wait` seconds. A Retry-After of the API is followed in their place; one
    that is longer than `longest_wait` is not waited for: RateLimited or ServerError is raised with its `retry_after`.
    """

    attempts: int = 5
    first_wait: float = 0.25
    longest_wait: float = 20.0

    def wait(self, attempt: int, asked: float | None = None) -> float | None:
        """Return the seconds to wait after attempt number `attempt` (from 1), None where it was the last.

        `asked` is what Retry-After asks for, in seconds.
        """
        if attempt >= self.attempts:
            return None
        if asked is not None:
            return asked if asked <= self.longest_wait else None
        return jittered(growing(self.first_wait, self.longest_wait, attempt - 1))
