"""Measure a fleet, print the table and keep it in tests/bench/FLEET.md: `python -m tests.bench.fleet`.

`--quick` measures as little as possible, `--only` some parts; neither is kept.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.bench.figures import Figure, markdown, table
from tests.bench.fleet import ends, growth, steady
from tests.bench.fleet.fleet import WORKERS, Fleet, fleet
from tests.bench.fleet.scale import FULL, QUICK, Scale
from tests.bench.fleet.watching import peak
from tests.bench.machine import description
from tests.stack import Stack

RESULTS = Path(__file__).parents[1] / "FLEET.md"
TASKS = 2
AIM_IDLE = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that everything can be measured")
    parser.add_argument("--only", choices=PARTS, nargs="+", help="measure these parts alone")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    console, begun, figures = Console(), time.monotonic(), list[Figure]()
    load = os.getloadavg()[0]

    def say(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.0f} s[/dim]  {what}", soft_wrap=True)

    with tempfile.TemporaryDirectory(prefix="gateway-fleet-") as directory:
        stack = Stack(Path(directory))
        try:
            with fleet(stack) as measured:
                for figure in _measure(measured, scale, options.only or list(PARTS)):
                    say(f"{figure.name}: {figure.measured}")
                    figures.append(figure)
        finally:
            stack.close()
    console.print(table(figures))
    if not (options.quick or options.only):
        RESULTS.write_text(_document(figures, time.monotonic() - begun, load))


def _measure(fleet: Fleet, scale: Scale, parts: list[str]) -> Iterator[Figure]:
    for _ in range(TASKS):
        fleet.start_task()
    if "steady" not in parts:
        fleet.link(scale.sessions)
        fleet.until_connected()
    for part in parts:
        yield from PARTS[part](fleet, scale)


def _steady(fleet: Fleet, scale: Scale) -> Iterator[Figure]:
    few = yield from _grown(fleet, scale, scale.few)
    many = yield from _grown(fleet, scale, scale.sessions - scale.few)
    change = many.statements / few.statements - 1
    yield Figure(
        f"Idle statements a second, {scale.sessions} sessions instead of {scale.few}",
        f"{change:+.0%}",
        aim=f"± {AIM_IDLE:.0%}",
        met=abs(change) <= AIM_IDLE,
    )
    before = growth.rows(fleet)
    busy = steady.busy(fleet, scale)
    yield Figure(f"{scale.sessions} busy sessions", str(busy))
    yield Figure(
        "Rows that came meanwhile in tables that do not grow with messages", growth.others(before, growth.rows(fleet))
    )
    for each in growth.growth(fleet, before, scale.rows):
        yield Figure(f"`{each.table}`, of a session with {growth.MESSAGES_A_DAY} messages a day", str(each))


def _grown(fleet: Fleet, scale: Scale, by: int) -> Generator[Figure, None, steady.Cost]:
    """Link some more, and return what all cost that do nothing."""
    since, begun = time.time(), time.monotonic()
    fleet.link(by)
    fleet.until_connected()
    took, dials = time.monotonic() - begun, peak(fleet.whatsapp.seen(), "dial", since)
    yield Figure(f"{by} sessions added → all connected", f"{took:.0f} s; at most {dials} dialled within a second")
    time.sleep(scale.rest)
    cost = steady.idle(fleet, scale.idle)
    yield Figure(f"{len(fleet.sessions)} idle sessions", str(cost))
    return cost


def _ends(fleet: Fleet, scale: Scale) -> Iterator[Figure]:
    count = f"of {scale.sessions} sessions"
    yield Figure(f"A deployment: each task replaced in turn, {count}", ends.deployed(fleet))
    yield Figure(f"A worker killed, {count}", ends.worker_killed(fleet))
    yield Figure(f"A task killed with all its workers, {count}", ends.task_killed(fleet))
    for seconds in scale.outages:
        yield Figure(f"WhatsApp away for {seconds:.0f} s, {count}", ends.whatsapp_away(fleet, seconds))
    yield Figure(f"PostgreSQL restarted, {count}", ends.database_restarted(fleet))


def _retention(fleet: Fleet, scale: Scale) -> Iterator[Figure]:
    result = growth.retention(fleet, scale.old)
    yield Figure(
        f"{result.deleted:,} events that are too old, deleted by the sweeper",
        f"{result.seconds:.0f} s; {result.sustained:.0f} rows/s where it has 35 s of each minute",
    )


PARTS: dict[str, Callable[[Fleet, Scale], Iterator[Figure]]] = {
    "steady": _steady,
    "ends": _ends,
    "retention": _retention,
}


def _document(figures: list[Figure], seconds: float, load: float) -> str:
    """Return FLEET.md: the figures, and the machine they were measured on."""
    return (
        "# What `make bench-fleet` measured\n\n"
        f"On {datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes: {description()}.\n"
        f"The load of the machine was {load:.1f} before this began. {TASKS} tasks with {WORKERS} workers each, the API,"
        " PostgreSQL and SQS ran on it;\nall of it real but for WhatsApp and neonize, for which a client stood in.\n\n"
        f"{markdown(figures)}\n"
    )


if __name__ == "__main__":
    main()
