"""WhatsApp as the clients of one worker reach it: while it is away they try one after another, not all at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from gateway.backoff import jittered

# Between two sessions that begin, where there are many of them: clients start no faster, and hundreds of threads at
# once, all of which ask the database, leave the renewal of leases no time.
BEGIN_SECONDS = 0.01
# Between two clients that try whether WhatsApp is back.
TRY_SECONDS = 5.0


class QueuedDial:
    """A session's place among those that wait to dial; `wake` is called, from any thread, once it may."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.is_allowed = False
        self.is_withdrawn = False

    def allow(self) -> None:
        self.is_allowed = True
        self._wake()


class Outage:
    """Thread-safe. It has a thread of its own only while somebody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reached = threading.Event()
        self._reached.set()
        self._waiting: deque[QueuedDial] = deque()
        self._is_waited_for = False

    def begin(self) -> None:
        """Let clients dial one after another from now on: one could not reach WhatsApp."""
        self._reached.clear()

    def end(self) -> None:
        """Let those that wait dial, a moment apart: a client is connected."""
        self._reached.set()

    def queue(self, wake: Callable[[], None]) -> QueuedDial:
        """Return a dial that is allowed at once unless WhatsApp is away or others wait."""
        dial = QueuedDial(wake)
        with self._lock:
            if self._reached.is_set() and not self._waiting:
                dial.is_allowed = True
                return dial
            self._waiting.append(dial)
            if not self._is_waited_for:
                self._is_waited_for = True
                threading.Thread(target=self._run, name="outage", daemon=True).start()
        return dial

    def _run(self) -> None:
        while True:
            if self._reached.wait(jittered(TRY_SECONDS)):
                time.sleep(BEGIN_SECONDS)
            dial = self._next()
            if dial is None:
                return
            dial.allow()

    def _next(self) -> QueuedDial | None:
        """Return the one that has waited longest; None if nobody waits any more, and the thread is to end."""
        with self._lock:
            while self._waiting:
                dial = self._waiting.popleft()
                if not dial.is_withdrawn:
                    return dial
            self._is_waited_for = False
            return None
