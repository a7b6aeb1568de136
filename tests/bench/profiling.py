"""Flame graphs of processes under load, by py-spy: one SVG a service, of all its processes and threads that run."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.python_service import PROJECT
from infra.local.service import Service

DIRECTORY = PROJECT / ".local" / "profiles"
PY_SPY = Path(sys.executable).with_name("py-spy")
RATE = 200


@contextmanager
def flame_graphs(part: str, services: list[Service]) -> Iterator[list[Path]]:
    """Record while the block runs. Yield where the graphs are, once it has ended."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    graphs = [DIRECTORY / f"{part}-{service.name.lower().replace(' ', '-')}.svg" for service in services]
    recorders = [_record(service, graph) for service, graph in zip(services, graphs, strict=True)]
    try:
        yield graphs
    finally:
        for recorder in recorders:
            recorder.send_signal(signal.SIGINT)
        for recorder in recorders:
            recorder.wait(60)


def _record(service: Service, graph: Path) -> subprocess.Popen[bytes]:
    options = ("--subprocesses", "--nonblocking", "--threads", "--rate", str(RATE), "--format", "flamegraph")
    command = [str(PY_SPY), "record", *options, "--output", str(graph), "--pid", str(service.pid)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
