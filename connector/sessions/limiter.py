"""Lets so many in at once, the others in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable


class FifoLimiter:
    """Nobody blocks: who has to wait is called when a place may be free, and asks again."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._inside: set[Hashable] = set()
        self._waiting: deque[tuple[Hashable, Callable[[], None]]] = deque()

    def enter(self, visitor: Hashable, call: Callable[[], None]) -> bool:
        """True when the visitor is in; otherwise it waits in line, once however often it asks."""
        with self._lock:
            if visitor in self._inside:
                return True
            if not any(waiting == visitor for waiting, _ in self._waiting):
                self._waiting.append((visitor, call))
            free = self._places - len(self._inside)
            if not any(waiting == visitor for waiting, _ in list(self._waiting)[:free]):
                return False
            self._remove(visitor)
            self._inside.add(visitor)
            return True

    def leave(self, visitor: Hashable) -> None:
        """From inside or from the line."""
        with self._lock:
            self._inside.discard(visitor)
            self._remove(visitor)
            free = max(self._places - len(self._inside), 0)
            called = [call for _, call in list(self._waiting)[:free]]
        for call in called:
            call()

    def _remove(self, visitor: Hashable) -> None:
        self._waiting = deque(entry for entry in self._waiting if entry[0] != visitor)
