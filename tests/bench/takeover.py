"""How long one worker takes to have all sessions of another back, on a server that takes its time to answer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.e2e.world import World, until, until_connected

LATENCY_SECONDS = 0.2
AIM_SECONDS = 15.0
AT_ONCE = 8


def measure(bench: Bench) -> list[Figure]:
    count = bench.scale.takeover
    with bench.world(GATEWAY_WORKERS="1") as world:
        connector = world.gateway.start_connector()
        _link(world, count)
        connector.stop()
        world.whatsapp.fault(latencySeconds=LATENCY_SECONDS)
        try:
            began = _take_over(world, count)
            seconds = time.time() - began
        finally:
            world.whatsapp.clear_faults()
    name = f"Takeover of {count} sessions by one worker, a server that answers in {LATENCY_SECONDS * 1000:.0f} ms"
    return [Figure(name, f"{seconds:.1f} s", "", f"≤ {AIM_SECONDS:.0f} s", seconds <= AIM_SECONDS)]


def _link(world: World, count: int) -> None:
    def link(_: int) -> None:
        linked = world.link()
        until_connected(linked.session, linked.number, timeout=120)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(link, range(count)))


def _take_over(world: World, count: int) -> float:
    """Start a connector and wait until all are connected. Return when its worker got its first shard, in Unix time."""
    world.gateway.start_connector()
    began = until(lambda: _is_owned(world) and time.time(), timeout=60, interval=0.02)
    until(lambda: _connected(world) == count, timeout=300)
    return float(began)


def _is_owned(world: World) -> bool:
    return bool(world.rows.select("SELECT FROM gateway.shard_leases WHERE owner IS NOT NULL LIMIT 1"))


def _connected(world: World) -> int:
    """Return how many are connected under a live lease: the rows of a connector that stopped say so too."""
    rows = world.rows.select(
        "SELECT FROM gateway.whatsapp_sessions s JOIN gateway.shard_leases l USING (shard)"
        " WHERE s.connection_status = 'connected' AND s.epoch = l.epoch AND l.owner IS NOT NULL"
        " AND s.last_connected_at > l.acquired_at"
    )
    return len(rows)
