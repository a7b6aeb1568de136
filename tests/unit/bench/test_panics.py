"""What the exit codes of workers say of them."""

from __future__ import annotations

import signal

from connector.shards.leaseholder import EXIT_STALLED
from tests.bench.panics import figures


def test_only_who_ended_by_a_panic_counts_as_one() -> None:
    panics, stalled = figures([-signal.SIGKILL, EXIT_STALLED, EXIT_STALLED])
    assert (panics.measured, panics.met, stalled.measured) == ("0", True, "2")


def test_a_panic_is_named_by_its_exit_code() -> None:
    panics, stalled = figures([-signal.SIGABRT, EXIT_STALLED, 2])
    assert (panics.measured, panics.met, stalled.measured) == ("2 (exit codes -6, 2)", False, "1")
