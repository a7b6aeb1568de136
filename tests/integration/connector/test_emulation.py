"""What a test tells the kernel about programs for arm64 ends with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.emulation import KERNEL, NAME, CannotRun, alone, registered

# Only one at a time on a machine, and the image's test takes minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

HOLD = "from tests.emulation import registered; held = registered(); held.__enter__(); print(1); input()"


@pytest.fixture(autouse=True)
def possible() -> None:
    try:
        with registered():
            pass
    except CannotRun as reason:
        pytest.skip(str(reason))


def test_the_kernel_knows_them_meanwhile() -> None:
    with registered():
        known = (KERNEL / NAME).read_text()
        # F: the emulator was opened where it is, and is found from within containers.
        assert known.startswith("enabled\n") and "\nflags: F\n" in known
        assert b"\x7fELF".hex() in known
    with alone():
        assert not (KERNEL / NAME).exists()


def test_what_was_left_by_one_that_was_killed_is_replaced() -> None:
    command = [sys.executable, "-u", "-c", HOLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == b"1\n"
        assert (KERNEL / NAME).exists()
        killed.kill()
    with registered():
        assert (KERNEL / NAME).exists()
    with alone():
        assert not (KERNEL / NAME).exists()
