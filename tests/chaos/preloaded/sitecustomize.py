"""Python imports this at its start, where this folder is on the path: a sleep that libfaketime lets through.

Its release 0.9.10 takes the moment of the monotonic clock until which Python sleeps for one of the wall clock. Another
sitecustomize, further down the path, is imported as well.
"""

from __future__ import annotations

import select
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select((), (), (), float(seconds))


def _import_next() -> None:
    further = len(sys.path) - sys.path[::-1].index(str(Path(__file__).parent))
    spec = PathFinder.find_spec("sitecustomize", sys.path[further:])
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


time.sleep = _sleep
_import_next()
