"""A lease as its holder may trust it."""

from __future__ import annotations

import time

from gateway.domain.errors import LeaseLost


class Term:
    """One worker's time with one shard, under one epoch.

    Trusted only until the start of the last renewal + TTL − margin on our own monotonic clock: the database cannot
    have given the shard to anybody else before that.
    """

    def __init__(self, shard: int, epoch: int, trusted_until: float) -> None:
        self.shard = shard
        self.epoch = epoch
        self._trusted_until = trusted_until

    @property
    def trusted_until(self) -> float:
        """On time.monotonic()."""
        return self._trusted_until

    @property
    def trusted(self) -> bool:
        return time.monotonic() < self._trusted_until

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
