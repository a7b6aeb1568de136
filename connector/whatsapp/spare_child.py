"""A pairing process that has loaded everything and waits for its request, so that a code is shown sooner."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from connector.whatsapp.environment import GO_ENVIRONMENT

Child = subprocess.Popen[str]


class SpareChild:
    """At most one, which ends after `seconds` without use; 0 keeps none. Thread-safe."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._end: threading.Timer | None = None

    def take(self) -> Child:
        """Return the spare one, or one that begins now."""
        with self._lock:
            child = self._let_go()
        if child is not None and child.poll() is None:
            return child
        return start_child()

    def prepare(self) -> None:
        """Start a spare one where there is none; it lives on from now where there is one."""
        if not self._seconds:
            return
        with self._lock:
            child = self._let_go()
            self._child = child if child is not None and child.poll() is None else start_child()
            self._end = threading.Timer(self._seconds, self._expire, [self._child])
            self._end.daemon = True
            self._end.start()

    def _let_go(self) -> Child | None:
        if self._end is not None:
            self._end.cancel()
        child, self._child, self._end = self._child, None, None
        return child

    def _expire(self, child: Child) -> None:
        with self._lock:
            if self._child is not child:
                return
            self._let_go()
        end_child(child)


def start_child() -> Child:
    """Start a process; until it is given a request it only loads what it needs. It ends when its input is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", "connector.whatsapp.pairing_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | GO_ENVIRONMENT,
        encoding="utf-8",
    )


def end_child(child: Child) -> None:
    """End a process that was given no request."""
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()
