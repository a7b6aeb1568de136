"""Separates the standard output of a process from what Go prints."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def quiet_stdout() -> TextIO:
    """Move sys.stdout to a descriptor of its own and point descriptor 1, where Go prints, at /dev/null.

    Call it before logging is configured: a handler that already holds the old sys.stdout goes silent.
    """
    sys.stdout.flush()
    descriptor = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    sys.stdout = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")
    return sys.stdout
