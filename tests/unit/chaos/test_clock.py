from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.clock import Clock, Jump, library, true_times

# Answers each line with its two clocks, after waits that are timed by the monotonic one.
CHILD = """
import sys, threading, time
for _ in sys.stdin:
    threading.Event().wait(0.01)
    time.sleep(0.01)
    print(time.time(), time.monotonic(), flush=True)
"""


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    if (preload := library()) is None:
        pytest.skip("libfaketime is not installed")
    return Clock(preload, tmp_path / "clock")


@pytest.fixture
def child(clock: Clock) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*clock.prefix, sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        yield child
        child.kill()


def look(child: subprocess.Popen[str]) -> tuple[float, float]:
    """Return by how many seconds the wall clock and the monotonic clock of the child differ from ours."""
    assert child.stdin and child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    wall, monotonic = map(float, child.stdout.readline().split())
    return wall - time.time(), monotonic - time.monotonic()


def looks_moved(child: subprocess.Popen[str], seconds: float) -> float:
    """Return the difference of the monotonic clocks once the wall clock has moved."""
    while True:
        wall, monotonic = look(child)
        if wall == pytest.approx(seconds, abs=5):
            return monotonic
        time.sleep(0.05)


def test_a_clock_jumps_and_comes_back_and_the_monotonic_one_goes_on(clock: Clock, child: subprocess.Popen[str]) -> None:
    assert look(child) == pytest.approx((0, 0), abs=5)
    for seconds in (90, -200, 0):
        clock.move(seconds)
        assert looks_moved(child, seconds) == pytest.approx(0, abs=5)


JUMPS = [Jump(1000.0, 1010.0, 90), Jump(2000.0, 2010.0, -90)]


@pytest.mark.parametrize(
    ("told", "true"),
    [(1005.0, {1005.0}), (1095.0, {1095.0, 1005.0}), (1099.0, {1099.0, 1009.0}), (1915.0, {1915.0, 2005.0})],
)
def test_what_a_moved_clock_told_is_known_by_when_it_was_moved(told: float, true: set[float]) -> None:
    assert set(true_times(told, JUMPS)) == true
