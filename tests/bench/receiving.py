"""How fast a backlog at WhatsApp is received: by one worker, which stores it, and by bare clients, which only count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.bench.baseline import raw_neonize
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.e2e.world import Linked, World, until, until_that

AIM = 0.8
TIMEOUT_SECONDS = 300.0


def measure(bench: Bench) -> list[Figure]:
    """Measure bare clients and gateway in turns, because a machine's speed changes; the median of the ratios counts."""
    with bench.world() as world:
        return [_backlogs(bench, world, sessions, backlog) for sessions, backlog in bench.scale.backlogs]


def _backlogs(bench: Bench, world: World, sessions: int, backlog: int) -> Figure:
    rounds = [_round(bench, world, number, sessions, backlog) for number in range(bench.scale.rounds)]
    raw, rate = sorted(rounds, key=lambda pair: pair[1] / pair[0])[len(rounds) // 2]
    return Figure(
        f"Inbound messages stored per worker, sessions: {sessions}, waiting for each: {backlog}, rounds: {len(rounds)}",
        f"{rate:.0f}/s ({', '.join(f'{rate / raw:.0%}' for raw, rate in rounds)} of raw)",
        f"{raw:.0f}/s received",
        f"≥ {AIM:.0%} of raw",
        rate >= AIM * raw,
    )


def _round(bench: Bench, world: World, number: int, sessions: int, backlog: int) -> tuple[float, float]:
    """Return messages a second: received by bare clients, and stored by the gateway."""
    bench.say(f"raw receiving, sessions: {sessions}, round {number + 1}")
    raw = _raw(bench, world, sessions, backlog)
    bench.say(f"receiving, sessions: {sessions}, round {number + 1}")
    return raw, _gateway(bench, world, sessions, backlog, f"{sessions} sessions, round {number}")


def _raw(bench: Bench, world: World, sessions: int, backlog: int) -> float:
    with raw_neonize(bench.stack) as baseline:
        numbers = [world.phone() for _ in range(sessions)]
        jids = [baseline.link(number) for number in numbers]
        total = _write(world, numbers, backlog, "raw")
        baseline.start(jids, wait=False)
        return _rate(until(lambda: _complete(baseline.received(), total), timeout=TIMEOUT_SECONDS, interval=0.5))


def _gateway(bench: Bench, world: World, sessions: int, backlog: int, text: str) -> float:
    """Return messages a second, by the times at which the rows were written."""
    connector = world.gateway.start_connector(GATEWAY_WORKERS="1")
    try:
        linked = [_disconnected(world) for _ in range(sessions)]
        total = _write(world, [each.number for each in linked], backlog, text)
        for each in linked:
            each.session.connect()
        query = (
            "SELECT extract(epoch FROM created_at)::float8 AS at FROM gateway.whatsapp_explorer_messages"
            " WHERE content = %s"
        )
        rows = until(
            lambda: _complete([row["at"] for row in world.rows.select(query, text)], total),
            timeout=TIMEOUT_SECONDS,
            interval=0.5,
        )
    finally:
        connector.stop()
    return _rate(rows)


def _disconnected(world: World) -> Linked:
    """Link a session and disconnect it once phones can write to it: a device without keys is sent nothing."""
    linked = world.link()
    hello = f"hello {linked.number}"
    until(lambda: world.whatsapp.send(world.phone(), linked.number, hello) and linked.message(hello), interval=0.5)
    linked.session.disconnect()
    until_that(linked.state, lambda state: state == "disconnected")
    return linked


def _write(world: World, numbers: list[str], backlog: int, text: str) -> int:
    """Send each number its backlog from a contact of its own, and return how many messages those are together."""

    def fill(number: str) -> None:
        contact = world.phone()
        for _ in range(backlog):
            world.whatsapp.send(contact, number, text)

    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(fill, numbers))
    return len(numbers) * backlog


def _complete(times: list[float], total: int) -> list[float] | None:
    return sorted(times) if len(times) >= total else None


def _rate(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])
