"""Keeps calls out of neonize while a client starts or stops.

neonize's Go half keeps its clients in plain maps: a lookup during a write is "fatal error: concurrent map read and map
write" and the end of the process. A start writes them in its first milliseconds, before its first callback; a stop
writes them at once; every other call looks its client up once, when it begins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FIRST_CALLBACK_SECONDS = 2.0
# A server that does not answer must not hold up the sends of every other client for longer than this.
CALLS_HELD_SECONDS = 0.25
# Calls that have passed the gate get this long to finish their lookup.
LOOKUP_SECONDS = 0.002


class Gate:
    """One for all clients of the process."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._turnstile = threading.Lock()

    def start(self, begin: Callable[[], None], begun: threading.Event) -> None:
        """Run `begin` alone, and hold the next start or stop until `begun` (at most 2 s)."""
        with self._changing:
            with self._turnstile:
                time.sleep(LOOKUP_SECONDS)
                begin()
                begun.wait(CALLS_HELD_SECONDS)
            begun.wait(FIRST_CALLBACK_SECONDS - CALLS_HELD_SECONDS)

    def stop(self, end: Callable[[], None]) -> None:
        with self._changing, self._turnstile:
            time.sleep(LOOKUP_SECONDS)
            end()

    def pass_through(self) -> None:
        """Wait until a call may begin."""
        with self._turnstile:
            pass


GATE = Gate()
