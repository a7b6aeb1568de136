"""What a worker tells its supervisor: one JSON line a second on a pipe."""

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
    """Ages in seconds: since the last renewal of leases, and since the slowest poller's last poll."""

    shards: int
    sessions: int
    renewal_age: float
    poll_age: float

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Report:
        """Raises ValueError or TypeError for what no worker of this version wrote."""
        return cls(**json.loads(line))


def send_reports(descriptor: int, take: Callable[[], Report]) -> None:
    """Until the process ends or nobody reads any more; the descriptor is ours from now on."""

    def run() -> None:
        with suppress(BrokenPipeError), os.fdopen(descriptor, "wb", buffering=0) as pipe:
            while True:
                pipe.write(take().encode())
                time.sleep(INTERVAL_SECONDS)

    threading.Thread(target=run, name="reports", daemon=True).start()
