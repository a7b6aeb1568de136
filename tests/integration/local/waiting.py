"""Waiting for what a process does, with a bound."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float = 10, meanwhile: Callable[[], None] | None = None) -> None:
    """Wait until the condition holds; `meanwhile` is called between two checks."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        if meanwhile is not None:
            meanwhile()
        time.sleep(0.02)
