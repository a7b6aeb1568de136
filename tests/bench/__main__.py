"""Measure, print the table and keep it in RESULTS.md: `python -m tests.bench [--quick] [--profile] [--only NAME …]`.

`--quick` measures as little as possible, `--only` some parts, `--profile` leaves flame graphs in .local/profiles; the
table is kept of a run without any of them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.bench import (
    assistant,
    crowd,
    endings,
    history,
    linking,
    media,
    packages,
    panics,
    pushing,
    receiving,
    sending,
    starts,
    takeover,
    throughput,
)
from tests.bench.bench import Bench
from tests.bench.figures import Figure, markdown, table
from tests.bench.machine import description
from tests.bench.scale import FULL, QUICK
from tests.stack import Stack

RESULTS = Path(__file__).with_name("RESULTS.md")
Measurement = Callable[[Bench], list[Figure]]

MEASUREMENTS: dict[str, Measurement] = {
    "linking": linking.measure,
    "sending": sending.measure,
    "throughput": throughput.measure,
    "receiving": receiving.measure,
    "pushing": pushing.measure,
    "media": media.measure,
    "history": history.measure,
    "assistant": assistant.measure,
    "crowd": crowd.measure,
    "takeover": takeover.measure,
    "endings": endings.measure,
    "starts": starts.measure,
    "packages": packages.measure,
    "panics": panics.measure,
}


def main() -> None:
    options = _options()
    console, begun = Console(), time.monotonic()

    def say(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.0f} s[/dim]  {what}")

    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as directory:
        stack = Stack(Path(directory))
        try:
            bench = Bench(stack, QUICK if options.quick else FULL, say, profiles=options.profile)
            figures = _measure(bench, options.only or list(MEASUREMENTS))
        finally:
            stack.close()
    console.print(table(figures))
    if not (options.quick or options.only or options.profile):
        RESULTS.write_text(_document(figures, time.monotonic() - begun))
        say(f"kept in {RESULTS.relative_to(Path.cwd())}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that everything can be measured")
    parser.add_argument("--only", choices=MEASUREMENTS, nargs="+", help="measure these parts alone")
    parser.add_argument("--profile", action="store_true", help="leave flame graphs of the services")
    return parser.parse_args()


def _measure(bench: Bench, names: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        bench.say(f"[bold]{name}[/bold]")
        measured = MEASUREMENTS[name](bench)
        for figure in measured:
            bench.say(f"{figure.name}: {figure.measured}")
        figures += measured
    return figures


def _document(figures: list[Figure], seconds: float) -> str:
    """Return RESULTS.md: the figures, and the machine they were measured on."""
    return (
        "# What `make bench` measured\n\n"
        f"On {datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes: {description()}.\n"
        "PostgreSQL, SQS, the WhatsApp server with its phones, the API and the connector ran on that one machine.\n\n"
        f"{markdown(figures)}\n"
    )


if __name__ == "__main__":
    main()
