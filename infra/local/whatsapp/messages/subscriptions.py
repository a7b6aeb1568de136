"""Subscriptions to presence."""

from __future__ import annotations

from collections import defaultdict

from infra.local.whatsapp.accounts import Address


class Subscriptions:
    """For each number the clients that subscribed to its presence; clients subscribe again after each login."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[Address]] = defaultdict(set)

    def add(self, number: str, watcher: Address) -> None:
        self._watchers[number].add(watcher)

    def forget(self, number: str) -> None:
        self._watchers.pop(number, None)

    def watchers(self, number: str) -> set[Address]:
        return self._watchers[number]
