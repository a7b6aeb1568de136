"""`make bench` can measure everything it says it measures."""

from __future__ import annotations

import subprocess
import sys

import pytest

from infra.local.python_service import PROJECT


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_everything_can_be_measured() -> None:
    bench = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    for measured in ("raw", "Memory a session", "SIGTERMs", "Cold start of replies", "Answers a second"):
        assert measured in bench.stdout
