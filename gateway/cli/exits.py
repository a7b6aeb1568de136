"""What the exit code says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    UNAUTHENTICATED = 4
    NOT_CONNECTED = 5
    INTERRUPTED = 130
