"""What a worker reports to its supervisor: one JSON line a second on a pipe."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

INTERVAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """Seconds: since the last renewal, since the poll was due that has been due for longest, and of the database's last
    answer, None while there is none.
    """

    shards: int
    sessions: int
    renewal_age: float
    poll_age: float
    database_latency: float | None

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Report:
        """Read a line. Raises ValueError or TypeError for what no worker of this version wrote."""
        return cls(**json.loads(line))


def send_reports(descriptor: int, read: Callable[[], Report]) -> None:
    """Report from a thread until the process ends or the reader is gone; the descriptor is closed then."""

    def run() -> None:
        with suppress(BrokenPipeError), os.fdopen(descriptor, "wb", buffering=0) as pipe:
            while True:
                pipe.write(read().encode())
                time.sleep(INTERVAL_SECONDS)

    threading.Thread(target=run, name="reports", daemon=True).start()
