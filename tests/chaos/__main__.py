"""Fault everything at random under load, and count: `python -m tests.chaos [--minutes 10] [--seed N]`.

The seed decides what is fault when; without one it is drawn, and printed. When something is wrong, the logs and the
timeline with all that was found are kept in .local/chaos.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos.proxy import Proxies
from tests.chaos.report import Report
from tests.chaos.run import Run
from tests.chaos.schedule import schedule
from tests.stack import Stack

KEPT = Path(".local/chaos")
TIMELINE = "timeline.txt"


def main() -> int:
    options = _options()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="gateway-chaos-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o755)
        report = Report(console, directory / TIMELINE)
        again = f"make chaos MINUTES={options.minutes:g} SEED={options.seed}"
        report.say(f"seed {options.seed}: {again} plays it again")
        is_well = False
        try:
            is_well = _run(directory, report, options)
        finally:
            if not is_well:
                kept = _keep(directory, options.seed)
                console.print(
                    f"Chaos with seed {options.seed} ended badly. Logs and timeline: {kept}. Again: {again}",
                    style="red",
                    soft_wrap=True,
                )
    return 0 if is_well else 1


def _run(directory: Path, report: Report, options: argparse.Namespace) -> bool:
    """Return whether nothing is wrong."""
    seconds = options.minutes * 60
    stack = Stack(directory)
    try:
        with Proxies() as proxies, Run(stack, proxies, report) as run:
            return not run.run(schedule(options.seed, seconds), seconds)
    finally:
        stack.close()


def _keep(directory: Path, seed: int) -> Path:
    """Copy logs and timeline to where they outlive this run."""
    kept = KEPT / f"seed-{seed}"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    shutil.copy(directory / TIMELINE, kept)
    shutil.copytree(directory / "logs", kept / "logs")
    return kept


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
