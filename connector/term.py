"""A lease as its holder may trust it."""

from __future__ import annotations

import time

from gateway.domain.errors import LeaseLost


class Hold:
    """The life of the connection that holds the locks of our shards.

    Known only until the start of the last statement that it answered + a part of the time for which others, once the
    locks are free, wait. What has ended stays ended: the locks may have been free meanwhile.
    """

    def __init__(self, trusted_until: float) -> None:
        self._trusted_until = trusted_until

    @property
    def trusted_until(self) -> float:
        """On time.monotonic()."""
        return self._trusted_until

    def prolong(self, trusted_until: float) -> bool:
        """Trust it longer; return False where it has ended."""
        if time.monotonic() >= self._trusted_until:
            return False
        self._trusted_until = trusted_until
        return True

    def end(self) -> None:
        """Trust it no more: the connection is closed."""
        self._trusted_until = min(self._trusted_until, time.monotonic())


class Term:
    """One worker's time with one shard, under one epoch.

    Trusted only until the start of the last renewal + TTL − margin on our own monotonic clock: the database cannot
    have given the shard to anybody else before that. With the lock of the shard, also only while we hold that.
    """

    def __init__(self, shard: int, epoch: int, trusted_until: float, hold: Hold | None = None) -> None:
        self.shard = shard
        self.epoch = epoch
        self.hold = hold
        self._trusted_until = trusted_until

    @property
    def trusted_until(self) -> float:
        """On time.monotonic()."""
        return self._trusted_until if self.hold is None else min(self._trusted_until, self.hold.trusted_until)

    @property
    def trusted(self) -> bool:
        return time.monotonic() < self.trusted_until

    def prolong(self, trusted_until: float) -> None:
        """Trust it longer after a renewal; a term that has ended stays ended."""
        if self.trusted:
            self._trusted_until = trusted_until

    def end(self) -> None:
        """Trust it no more."""
        self._trusted_until = float("-inf")

    def require_trusted(self) -> None:
        """Raise LeaseLost once nothing may be done under this term any more."""
        if not self.trusted:
            raise LeaseLost(f"the term of shard {self.shard}, epoch {self.epoch}, is over")
