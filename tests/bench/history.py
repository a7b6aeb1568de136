"""How long the history of a phone takes, and how much memory, beside a number that is linked without one."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.e2e.world import World, until, workers

AIM_SECONDS = 60.0
AIM_MEGABYTES = 150.0
TIMEOUT_SECONDS = 600.0
KILOBYTES = 1024


def measure(bench: Bench) -> list[Figure]:
    chats, messages = bench.scale.past
    with bench.world() as world:
        connector = world.gateway.start_connector(GATEWAY_WORKERS="1")
        [worker] = workers(connector)
        world.link()
        before = _peak(worker)
        bench.say(f"a past of {chats} chats with {messages} messages")
        seconds = _import(world, chats, messages)
        grown = _peak(worker) - before
    past = f"{chats} chats with {messages:,} messages of history"
    return [
        Figure(
            f"{past}, scanned → imported",
            f"{seconds:.1f} s, {messages / seconds:.0f}/s",
            aim=f"≤ {AIM_SECONDS:.0f} s",
            met=seconds <= AIM_SECONDS,
        ),
        Figure(
            f"{past}: the worker's peak of memory above that with one session",
            f"{grown:.0f} MiB",
            aim=f"≤ {AIM_MEGABYTES:.0f} MiB",
            met=grown <= AIM_MEGABYTES,
        ),
    ]


def _import(world: World, chats: int, messages: int) -> float:
    """Return the seconds from the scan until all is imported."""
    number, session = world.phone(), world.session()
    world.whatsapp.make_past(number, chats=chats, messages=messages, days=300)
    session.connect(history="full", history_days=365)
    code = until(lambda: session.status().qr_text, timeout=60)
    world.whatsapp.scan(number, code)
    begun = time.perf_counter()

    def is_imported() -> bool:
        done = session.status().history_import
        return done is not None and done.finished and done.messages >= messages

    until(is_imported, timeout=TIMEOUT_SECONDS, interval=0.2)
    return time.perf_counter() - begun


def _peak(process: psutil.Process) -> float:
    """Return the most memory that a process has had, in MiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [peak] = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(peak) / KILOBYTES
