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
CALLS_BLOCKED_SECONDS = 0.25
# Calls that have passed the gate get this long to finish their lookup.
LOOKUP_SECONDS = 0.002


class Gate:
    """One for all clients of the process: starts and stops run one at a time, other calls wait for them."""

    def __init__(self) -> None:
        self._start_or_stop = threading.Lock()
        self._closed = threading.Lock()

    def start(self, begin: Callable[[], None], first_callback: threading.Event) -> None:
        """Run `begin` with the gate closed; let no other start or stop in before `first_callback` (at most 2 s)."""
        with self._start_or_stop:
            with self._closed:
                time.sleep(LOOKUP_SECONDS)
                begin()
                first_callback.wait(CALLS_BLOCKED_SECONDS)
            first_callback.wait(FIRST_CALLBACK_SECONDS - CALLS_BLOCKED_SECONDS)

    def stop(self, end: Callable[[], None]) -> None:
        """Run `end` with the gate closed."""
        with self._start_or_stop, self._closed:
            time.sleep(LOOKUP_SECONDS)
            end()

    def wait_open(self) -> None:
        """Wait until a call may begin."""
        with self._closed:
            pass


GATE = Gate()
