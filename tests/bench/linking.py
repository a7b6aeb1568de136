"""How long a person waits: for the code, and after scanning it."""

from __future__ import annotations

import time

from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import World, until

POLL_SECONDS = 0.01
AIM_CODE_MS = 150
AIM_CONNECTED_MS = 400


def measure(bench: Bench) -> list[Figure]:
    with bench.world() as world:
        world.gateway.start_connector()
        waits = [_link(world) for _ in range(bench.scale.links)]
    codes, connections = zip(*waits, strict=True)
    count = f"{len(waits)} sessions, one after another"
    return [
        _aimed(f"`connect` → QR code in the status ({count})", Spread(codes), AIM_CODE_MS),
        _aimed("QR code scanned → `connected`", Spread(connections), AIM_CONNECTED_MS),
    ]


def _aimed(name: str, spread: Spread, aim_ms: int) -> Figure:
    return Figure(name, str(spread), aim=f"p50 ≤ {aim_ms} ms", met=spread.p50 * 1000 <= aim_ms)


def _link(world: World) -> tuple[float, float]:
    """Return the seconds until the code, and those from the scan until connected."""
    session, number = world.session(), world.phone()
    asked_at = time.perf_counter()
    session.connect()
    code = until(lambda: session.status().qr_text, interval=POLL_SECONDS, timeout=60)
    shown_at = time.perf_counter()
    world.whatsapp.scan(number, code)
    until(lambda: session.status().status == "connected", interval=POLL_SECONDS, timeout=60)
    return shown_at - asked_at, time.perf_counter() - shown_at
