"""Workers that ended by themselves: by a Go panic in neonize, or because they saw that they had stood still."""

from __future__ import annotations

import signal

from connector.shards.leaseholder import EXIT_STALLED
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.chaos.reading import deaths


def measure(bench: Bench) -> list[Figure]:
    """Count worker restarts; to be measured last, because it reads what the supervisors have logged."""
    logs = [log for directory in bench.logs for log in directory.glob("connector-*.log")]
    return figures([code for _, code in deaths(logs)])


def figures(codes: list[int]) -> list[Figure]:
    """Return what the exit codes of workers say; the bench itself kills some."""
    panics = [code for code in codes if code not in (-signal.SIGKILL, EXIT_STALLED)]
    named = f" (exit codes {', '.join(map(str, panics))})" if panics else ""
    return [
        Figure("Worker restarts by Go panics during the whole bench", f"{len(panics)}{named}", "", "0", not panics),
        Figure("Workers that had stalled and ended themselves", str(codes.count(EXIT_STALLED))),
    ]
