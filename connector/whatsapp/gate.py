"""Keeps calls out of neonize while a client starts or stops.

neonize's Go half keeps its clients in plain maps: a lookup during a write is "fatal error: concurrent map read and map
write" and the end of the process. A start writes them before it dials, once it has opened whatsmeow's store and read
the device there; a stop writes them at once; every other call looks its client up once, when it begins.

Nothing in Go tells when a start has written. Its first callback comes only after the dial, which takes four answers of
the server: waiting for it would start one client a second on a server that answers in 200 ms. But the last thing before
the write is that the store answers for the device, and PostgreSQL tells that (device_store.py; within 2 ms of the dial
in 12 of 12 starts). So starts follow one another as fast as whatsmeow opens its store, 30 to 80 ms on a busy machine.
What that leaves is the lookup by which a start goes on after its dial, whose moment nobody can choose: for 200 starts
in 10 s about one in a thousand that it falls into another start's write (400 lookups, 60 writes a second of about 50 ns
each, reckoned and never seen), at the price of one restart of the worker.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

# A store that does not answer must not hold up the sends of every other client for longer than this.
LONGEST_WINDOW_SECONDS = 0.25
LOOK_SECONDS = 0.003
# Calls that have passed the gate get this long to finish their lookup, and those that wait as long to pass.
LOOKUP_SECONDS = 0.002


class _Stop:
    """What ends a client, and whether that is done."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self.is_done = False

    def run(self) -> None:
        self._end()
        self.is_done = True


class Gate:
    """One for all clients of the process: starts run one at a time, stops together; other calls wait for them."""

    def __init__(self) -> None:
        self._next_start = threading.Lock()
        self._start_or_stop = threading.Lock()
        self._closed = threading.Lock()
        self._waiting: deque[None] = deque()
        self._stops: deque[_Stop] = deque()
        self._passed_at = float("-inf")

    def start(self, check: Callable[[], None], begin: Callable[[], None], has_written: Callable[[], bool]) -> None:
        """Run `check` as the next in turn, and `begin` with the gate closed; return when it has written the maps.

        `check` runs while the start before writes. What either raises cancels the start.
        """
        with self._next_start:
            check()
            self._start_or_stop.acquire()
        try:
            if self._waiting:
                time.sleep(LOOKUP_SECONDS)
            with self._closed:
                self._let_look_up()
                begin()
                _wait(has_written)
        finally:
            self._start_or_stop.release()

    def stop(self, end: Callable[[], None]) -> None:
        """Run `end`, which raises nothing, with the gate closed, and with it what else waits to end."""
        stop = _Stop(end)
        self._stops.append(stop)
        with self._start_or_stop:
            if not stop.is_done:
                self._end_all()

    def _end_all(self) -> None:
        """End those that wait by now: hundreds of clients that stop together would keep every start waiting."""
        with self._closed:
            self._let_look_up()
            for _ in range(len(self._stops)):
                self._stops.popleft().run()

    def wait_open(self) -> None:
        """Wait until a call may begin."""
        self._waiting.append(None)
        with self._closed:
            self._passed_at = time.monotonic()
        self._waiting.pop()

    def _let_look_up(self) -> None:
        """Wait until the call that passed last has looked up its client."""
        left = self._passed_at + LOOKUP_SECONDS - time.monotonic()
        if left > 0:
            time.sleep(left)


def _wait(has_written: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_WINDOW_SECONDS
    while not has_written() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)


GATE = Gate()
