"""Workers that ended by themselves, which only a Go panic in neonize does to them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from pathlib import Path

from tests.bench.bench import Bench
from tests.bench.figures import Figure


def measure(bench: Bench) -> list[Figure]:
    """Count worker restarts; to be measured last, because it reads what the supervisors have logged."""
    codes = exit_codes([log for logs in bench.logs for log in logs.glob("connector-*.log")])
    named = f" (exit codes {', '.join(map(str, codes))})" if codes else ""
    return [Figure("Worker restarts by Go panics during the whole bench", f"{len(codes)}{named}", "", "0", not codes)]


def exit_codes(logs: Iterable[Path]) -> list[int]:
    """Return with which codes workers ended that nobody killed, by the logs of their supervisors."""
    lines = (line for log in logs for line in log.read_text(errors="replace").splitlines() if '"worker died"' in line)
    return [code for line in lines if (code := int(json.loads(line)["exit_code"])) != -signal.SIGKILL]
