"""Names the flaky tests at the end of a run: those that failed among others and passed when run again, alone.

FLAKY_TESTS names the file that collects them over several runs; without it nothing is done. A run with --last-failed
is one that runs them again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if "FLAKY_TESTS" not in os.environ:
        return
    collected = Path(os.environ["FLAKY_TESTS"])
    flaky = collected.read_text().splitlines() if collected.exists() else []
    if config.getoption("lf"):
        flaky += _passed(terminalreporter)
        collected.write_text("".join(f"{name}\n" for name in flaky))
    if flaky:
        terminalreporter.section("flaky: failed among others, passed alone", yellow=True)
        for name in flaky:
            terminalreporter.line(f"FLAKY {name}")


def _passed(reporter: pytest.TerminalReporter) -> list[str]:
    """With the version: two may run the same tests."""
    broken = {report.nodeid for kind in ("failed", "error") for report in reporter.stats.get(kind, [])}
    names = [report.nodeid for report in reporter.stats.get("passed", []) if report.nodeid not in broken]
    return [f"{name} (Python {sys.version_info.major}.{sys.version_info.minor})" for name in names]
