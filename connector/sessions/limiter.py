"""Admits so many at once, the others in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable


class FifoLimiter:
    """Acquiring never blocks: a holder that has to wait is notified when a place may be free, and acquires again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._holders: set[Hashable] = set()
        self._waiting: deque[tuple[Hashable, Callable[[], None]]] = deque()

    def acquire(self, holder: Hashable, notify: Callable[[], None]) -> bool:
        """Return whether the holder has a place; otherwise it is queued, once however often it is called."""
        with self._lock:
            if holder in self._holders:
                return True
            if not any(waiting == holder for waiting, _ in self._waiting):
                self._waiting.append((holder, notify))
            free = self._limit - len(self._holders)
            if not any(waiting == holder for waiting, _ in list(self._waiting)[:free]):
                return False
            self._remove(holder)
            self._holders.add(holder)
            return True

    def release(self, holder: Hashable) -> None:
        """Give up a place, or the wait for one."""
        with self._lock:
            self._holders.discard(holder)
            self._remove(holder)
            free = max(self._limit - len(self._holders), 0)
            next_up = [notify for _, notify in list(self._waiting)[:free]]
        for notify in next_up:
            notify()

    def _remove(self, holder: Hashable) -> None:
        self._waiting = deque(entry for entry in self._waiting if entry[0] != holder)
