"""What a worker tells its supervisor: one JSON line a second on a pipe."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import BinaryIO

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


def send_reports(pipe: BinaryIO, take: Callable[[], Report]) -> None:
    """Until the process ends or nobody reads any more."""

    def run() -> None:
        while True:
            try:
                pipe.write(take().encode())
                pipe.flush()
            except OSError:
                return
            time.sleep(INTERVAL_SECONDS)

    threading.Thread(target=run, name="reports", daemon=True).start()
