"""Keeps calls out of neonize while a client starts or stops.

neonize's Go half keeps its clients in plain maps: a lookup during a write is "fatal error: concurrent map read and map
write" and the end of the process. A start writes them before it dials, once it has opened whatsmeow's store and read
the device there; a stop writes them at once; every other call looks its client up once, when it begins.

Nothing tells when a start has written. Its first callback does, but comes only after the dial, which takes four answers
of the server; waiting for it would start one client a second on a server that answers in 200 ms. So starts follow one
another at a distance measured by how long the same store took to answer just before: see `window`. What that leaves is
the lookup by which a start goes on after its dial, whose moment nobody can choose: for 200 starts in 10 s about one in
a thousand that it falls into another start's write (400 lookups, 60 writes a second of about 50 ns each, reckoned and
never seen), at the price of one restart of the worker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# A store that does not answer must not hold up the sends of every other client for longer than this.
LONGEST_WINDOW_SECONDS = 0.25
SHORTEST_WINDOW_SECONDS = 0.04
# Until it dials a start takes 1.2 to 3 times what the check before it took (24 to 41 ms against 10 to 32, measured on a
# busy machine with the database beside it); the shortest window covers the small ones.
STORE_FACTOR = 2.0
# Calls that have passed the gate get this long to finish their lookup, and those that wait as long to pass.
LOOKUP_SECONDS = 0.002


class Gate:
    """One for all clients of the process: starts and stops run one at a time, other calls wait for them."""

    def __init__(self) -> None:
        self._next_start = threading.Lock()
        self._start_or_stop = threading.Lock()
        self._closed = threading.Lock()

    def start(self, check: Callable[[], None], begin: Callable[[], None], first_callback: threading.Event) -> None:
        """Run `check` as the next in turn, and `begin` with the gate closed; return when it has written the maps.

        `check` reads whatsmeow's store once, with a connection of its own, while the start before writes. What either
        raises cancels the start.
        """
        with self._next_start:
            begun = time.monotonic()
            check()
            longest = window(time.monotonic() - begun)
            self._start_or_stop.acquire()
        try:
            time.sleep(LOOKUP_SECONDS)
            with self._closed:
                time.sleep(LOOKUP_SECONDS)
                begin()
                first_callback.wait(longest)
        finally:
            self._start_or_stop.release()

    def stop(self, end: Callable[[], None]) -> None:
        """Run `end` with the gate closed."""
        with self._start_or_stop, self._closed:
            time.sleep(LOOKUP_SECONDS)
            end()

    def wait_open(self) -> None:
        """Wait until a call may begin."""
        with self._closed:
            pass


def window(store_seconds: float) -> float:
    """Return for how long a start may write the maps, by how long the store took to answer just before."""
    return min(max(store_seconds * STORE_FACTOR, SHORTEST_WINDOW_SECONDS), LONGEST_WINDOW_SECONDS)


GATE = Gate()
