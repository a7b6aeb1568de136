"""The terms that this worker holds, from the moment a shard is acquired until it has left it. For several threads."""

from __future__ import annotations

import threading

from connector.term import Term
from gateway.store.leases import Lease


class Terms:
    """A term is held, then perhaps being released, and in the end being left: its sockets close."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, Term] = {}
        self._releasing: set[int] = set()
        self._left: set[int] = set()
        self._lost: dict[int, Lease] = {}

    @property
    def held(self) -> list[Term]:
        with self._lock:
            return list(self._held.values())

    def add(self, term: Term) -> None:
        with self._lock:
            self._held[term.shard] = term
            self._lost.pop(term.shard, None)

    def begin_release(self, term: Term) -> bool:
        """Return whether its release was not begun before."""
        with self._lock:
            if term.shard in self._releasing:
                return False
            self._releasing.add(term.shard)
            return True

    def begin_release_of_all(self) -> list[Term]:
        """Return those whose release was not begun before."""
        return [term for term in self.held if self.begin_release(term)]

    def leave(self, term: Term) -> bool:
        """End it; False where it is not held. Until has_left() its shard is not to be acquired again."""
        with self._lock:
            is_held = self._held.get(term.shard) is term
            if is_held:
                del self._held[term.shard]
                self._left.add(term.shard)
                self._releasing.discard(term.shard)
        term.end()
        return is_held

    def has_left(self, term: Term) -> None:
        """Let its shard be acquired again: its sockets are closed."""
        with self._lock:
            self._left.discard(term.shard)
            self._lost[term.shard] = Lease(term.shard, term.epoch)

    @property
    def lost(self) -> list[Lease]:
        """What was left, as far as it is the last of its shard: its row may still name us."""
        with self._lock:
            return list(self._lost.values())

    def others(self, shards: list[int]) -> list[int]:
        """Return the shards that are neither held nor being left."""
        with self._lock:
            return [shard for shard in shards if shard not in self._held and shard not in self._left]
