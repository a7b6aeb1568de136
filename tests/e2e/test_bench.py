"""`make bench` and `make bench-fleet` can measure everything they say they measure."""

from __future__ import annotations

import subprocess
import sys

import pytest

from infra.local.python_service import PROJECT


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_can_be_measured() -> None:
    measured = _quick("tests.bench")
    for part in ("raw", "Memory a session", "SIGTERMs", "Cold start of replies", "Answers a second"):
        assert part in measured


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_fleet_can_be_measured() -> None:
    measured = _quick("tests.bench.fleet")
    for part in ("12 idle sessions", "12 busy sessions", "A task killed", "PostgreSQL restarted", "deleted by the"):
        assert part in measured


def _quick(module: str) -> str:
    bench = subprocess.run(
        [sys.executable, "-m", module, "--quick"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    return bench.stdout
