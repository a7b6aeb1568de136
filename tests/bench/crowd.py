"""What sessions cost: memory of all processes of a connector, connections, idling, and coming back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import linear_regression

import psutil

from infra.local.service import Service
from infra.local.services import Connector
from tests.bench import comeback
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.processor import cpu_seconds
from tests.e2e.world import World, until, until_connected, workers
from tests.round_trips import CountingProxy

AIM_MIB = 2.0
AIM_OF_ALL_MIB = 160.0
AIM_IDLE = 0.005
# The process that is ready for another link is no part of what sessions cost, and goes soon.
SPARE_SECONDS = "3"
MIB = 1024.0
AT_ONCE = 8


def measure(bench: Bench) -> list[Figure]:
    with (
        bench.world(GATEWAY_WORKERS="1", GATEWAY_SPARE_PAIRING_SECONDS=SPARE_SECONDS) as world,
        CountingProxy(world.gateway.database.connector) as proxy,
    ):
        connector = world.gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn)
        empty = _memory_when_idle(world, connector, 0)
        sizes: list[tuple[int, float]] = []
        for count in bench.scale.crowd:
            bench.say(f"{count} sessions")
            _grow(world, count - (sizes[-1][0] if sizes else 0))
            sizes.append((count, _memory_when_idle(world, connector, count)))
        count = bench.scale.crowd[-1]
        return [
            *_memory_figures(empty, sizes, connector),
            _connections(world, count),
            *_idle(bench, [world.gateway.api, connector], proxy, count),
            comeback.measure(bench, world, connector, count),
        ]


def _idle(bench: Bench, services: list[Service], proxy: CountingProxy, count: int) -> list[Figure]:
    """Return what sessions cost while nothing happens."""
    bench.say(f"{count} idle sessions")
    # The last look into an address book that follows a link comes after a minute, the next one in an hour.
    time.sleep(bench.scale.rest)
    used, asked, begun = cpu_seconds(services), proxy.asked, time.monotonic()
    time.sleep(bench.scale.idle)
    seconds = time.monotonic() - begun
    share = (cpu_seconds(services) - used) / seconds
    statements = (proxy.asked - asked).statements / seconds
    return [
        Figure(
            f"Processor time of API and connector, {count} idle sessions",
            f"{share:.1%} of a core",
            aim=f"≤ {AIM_IDLE:.1%}",
            met=share <= AIM_IDLE,
        ),
        Figure(f"Statements a second of a connector, {count} idle sessions", f"{statements:.1f}/s"),
    ]


def _memory_figures(empty: float, sizes: list[tuple[int, float]], connector: Connector) -> list[Figure]:
    counts, totals = zip(*sizes, strict=True)
    slope, _ = linear_regression(counts, totals)
    count = len(workers(connector))
    supervisor = _pss(psutil.Process(connector.pid))
    named = ", ".join(f"{size:.0f} MiB at {number}" for number, size in sizes)
    base = f"supervisor {supervisor:.0f} MiB, each of {count} workers {(empty - supervisor) / count:.0f} MiB"
    return [
        Figure(
            "Memory of all connector processes (PSS), one worker, by sessions",
            f"{empty:.0f} MiB at 0, {named}",
            aim=f"≤ {AIM_OF_ALL_MIB:.0f} MiB",
            met=totals[-1] <= AIM_OF_ALL_MIB,
        ),
        Figure("Memory of a process without sessions (PSS)", base),
        Figure("Memory a session", f"{slope:.2f} MiB", "", f"≤ {AIM_MIB:.0f} MB", slope <= AIM_MIB),
    ]


def _connections(world: World, count: int) -> Figure:
    rows = world.rows.select(
        "SELECT usename AS role, count(*) AS open FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename LIKE 'gateway%%' GROUP BY usename ORDER BY usename"
    )
    named = ", ".join(f"{row['role']} {row['open']}" for row in rows)
    return Figure(f"PostgreSQL connections at {count} sessions", f"{sum(row['open'] for row in rows)} ({named})")


def _grow(world: World, by: int) -> None:
    def link(_: int) -> None:
        linked = world.link()
        until_connected(linked.session, linked.number, timeout=120)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(link, range(by)))


def _memory_when_idle(world: World, connector: Connector, count: int) -> float:
    """Return MiB, once every session is connected and no pairing process is left."""
    until(lambda: _connected(world) == count, timeout=60)
    until(lambda: len(_processes(connector)) == 1 + len(workers(connector)), timeout=60)
    return sum(_pss(process) for process in _processes(connector))


def _connected(world: World) -> int:
    return len(world.rows.select("SELECT FROM gateway.whatsapp_sessions WHERE connection_status = 'connected'"))


def _processes(connector: Connector) -> list[psutil.Process]:
    supervisor = psutil.Process(connector.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def _pss(process: psutil.Process) -> float:
    """Return MiB; memory that several processes share is divided among them."""
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    return next(float(line.split()[1]) / MIB for line in lines if line.startswith("Pss:"))
