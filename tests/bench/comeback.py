"""How long all sessions are away when API and connector are killed at one moment, and started again at once."""

from __future__ import annotations

import time

from infra.local.services import Connector
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.e2e.world import World, until

AIM_SECONDS = 4.0
POLL_SECONDS = 0.05


def measure(bench: Bench, world: World, connector: Connector, count: int) -> Figure:
    """Kill and start what runs in a world with so many connected sessions."""
    seconds = [_seconds(world, connector, count) for _ in range(bench.scale.rounds)]
    worst = max(seconds)
    return Figure(
        f"API and connector killed (SIGKILL) → all {count} connected, {len(seconds)} times",
        ", ".join(f"{each:.1f} s" for each in seconds),
        aim=f"≤ {AIM_SECONDS:.0f} s",
        met=worst <= AIM_SECONDS,
    )


def _seconds(world: World, connector: Connector, count: int) -> float:
    for service in (connector, world.gateway.api):
        service.kill_group()
    killed_at, begun = time.time(), time.monotonic()
    for service in (connector, world.gateway.api):
        service.launch()
    until(lambda: _connected(world, killed_at) == count, timeout=120, interval=POLL_SECONDS)
    until(world.gateway.api.is_ready, timeout=60, interval=POLL_SECONDS)
    return time.monotonic() - begun


def _connected(world: World, since: float) -> int:
    """Return how many have connected again: the rows of what was killed still say so."""
    rows = world.rows.select(
        "SELECT FROM gateway.whatsapp_sessions s JOIN gateway.shard_leases l USING (shard) WHERE s.epoch = l.epoch"
        " AND s.connection_status = 'connected' AND s.last_connected_at > to_timestamp(%s)",
        since,
    )
    return len(rows)
