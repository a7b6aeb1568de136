"""Presence: who is available, who was when, and who wants to know."""

from __future__ import annotations

import time
from collections import defaultdict

from infra.local.whatsapp.accounts import Address


class Subscriptions:
    """For each number its devices that are available, when the last one was, and who has subscribed to that.

    Nothing of it outlives the process; clients subscribe again after each login.
    """

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[Address]] = defaultdict(set)
        self._available: set[Address] = set()
        self._last_seen: dict[str, int] = {}

    def add(self, number: str, watcher: Address) -> None:
        self._watchers[number].add(watcher)

    def forget(self, number: str) -> None:
        self._watchers.pop(number, None)
        self._last_seen.pop(number, None)
        self._available = {address for address in self._available if address.number != number}

    def forget_device(self, address: Address) -> None:
        """End what a client wanted to know, as the end of its connection does."""
        for watchers in self._watchers.values():
            watchers.discard(address)

    def watchers(self, number: str) -> set[Address]:
        return self._watchers[number]

    def set_available(self, address: Address, *, available: bool) -> None:
        """Record that a device is used, or is not any more."""
        if available:
            self._available.add(address)
        elif address in self._available:
            self._available.discard(address)
            self._last_seen[address.number] = int(time.time())

    def is_available(self, number: str) -> bool:
        """Return whether any device of the number is used now."""
        return any(address.number == number for address in self._available)

    def uses(self, address: Address) -> bool:
        return address in self._available

    def last_seen(self, number: str) -> int | None:
        """Return when the number was last available, in Unix time; None when it never was."""
        return self._last_seen.get(number)
