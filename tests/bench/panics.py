"""Workers that ended by themselves, which only a Go panic in neonize does to them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

from tests.bench.bench import Bench
from tests.bench.figures import Figure


def measure(bench: Bench) -> list[Figure]:
    """Count worker restarts; to be measured last, because it reads what the supervisors have logged."""
    codes = [code for code in _exit_codes(bench) if code != -signal.SIGKILL]
    named = f" (exit codes {', '.join(map(str, codes))})" if codes else ""
    return [Figure("Worker restarts by Go panics during the whole bench", f"{len(codes)}{named}", "", "0", not codes)]


def _exit_codes(bench: Bench) -> Iterator[int]:
    for log in [log for logs in bench.logs for log in logs.glob("connector-*.log")]:
        for line in log.read_text(errors="replace").splitlines():
            if '"worker died"' in line:
                yield int(json.loads(line)["exit_code"])
