"""Admits so many at once and so many of each group, the others in turn: group by group, in each as they came."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from itertools import zip_longest

_Waiting = deque[tuple[Hashable, Callable[[], None]]]


class FairLimiter:
    """Acquiring never blocks: a holder that has to wait is notified once it has a place.

    The group that was admitted last is the last to be admitted again, however many of it wait.
    """

    def __init__(self, limit: int, limit_of_group: int) -> None:
        self._limit = limit
        self._limit_of_group = limit_of_group
        self._lock = threading.Lock()
        self._group_of: dict[Hashable, Hashable] = {}
        # In the order in which the groups are admitted next.
        self._waiting: dict[Hashable, _Waiting] = {}

    def acquire(self, holder: Hashable, group: Hashable, notify: Callable[[], None]) -> int:
        """Return 0 where the holder has a place, otherwise its place in the queue; queued once however often called.

        The place changes either way: groups that come later get their turn too, those at their limit are passed over.
        """
        with self._lock:
            if holder not in self._group_of and not self._waits(holder):
                self._waiting.setdefault(group, deque()).append((holder, notify))
                # Nobody else can be admitted: every other place that is free was given away when it became so.
                self._admit()
            return 0 if holder in self._group_of else 1 + list(self._queue()).index(holder)

    def release(self, holder: Hashable) -> None:
        """Give up a place, or the wait for one."""
        with self._lock:
            self._group_of.pop(holder, None)
            for group, waiting in list(self._waiting.items()):
                self._put_back(group, deque(entry for entry in waiting if entry[0] != holder))
            admitted = self._admit()
        for _, notify in admitted:
            notify()

    def _admit(self) -> list[tuple[Hashable, Callable[[], None]]]:
        """Give every free place away; return who has one now."""
        admitted = []
        while (group := self._next_group()) is not None:
            waiting = self._waiting.pop(group)
            admitted.append(waiting.popleft())
            self._group_of[admitted[-1][0]] = group
            self._put_back(group, waiting)
        return admitted

    def _next_group(self) -> Hashable | None:
        if len(self._group_of) >= self._limit:
            return None
        held = Counter(self._group_of.values())
        return next((group for group in self._waiting if held[group] < self._limit_of_group), None)

    def _put_back(self, group: Hashable, waiting: _Waiting) -> None:
        """Keep who waits of a group, in its place where it has one; a group of which nobody waits has none."""
        if waiting:
            self._waiting[group] = waiting
        else:
            self._waiting.pop(group, None)

    def _waits(self, holder: Hashable) -> bool:
        return any(entry[0] == holder for waiting in self._waiting.values() for entry in waiting)

    def _queue(self) -> Iterator[Hashable]:
        """Yield who waits, as they will be admitted: the first of each group, the second of each, and so on."""
        for turn in zip_longest(*self._waiting.values()):
            yield from (entry[0] for entry in turn if entry is not None)
