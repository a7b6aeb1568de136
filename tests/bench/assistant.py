"""How long the assistant takes to reply, without the model's own time, and how many replies a second it gives."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from infra.local.service import Service
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread
from tests.e2e.world import Linked, World, until

TIMEOUT_SECONDS = 120.0
AIM_P50_MS = 60
AIM_P95_MS = 150


def measure(bench: Bench) -> list[Figure]:
    with bench.world() as world:
        services: list[Service] = [world.gateway.start_connector(), world.gateway.start_replies()]
        office = _answering(world)
        with bench.profiled("assistant", services):
            bench.say("one answer at a time")
            spread = _one_by_one(bench, world, office)
            bench.say("answers a second")
            rate = _at_once(bench, world, office)
    return [
        Figure(
            "Message written → answer received, without debounce, the model's time left out",
            str(spread),
            aim=f"p50 ≤ {AIM_P50_MS} ms, p95 ≤ {AIM_P95_MS} ms",
            met=spread.p50 * 1000 <= AIM_P50_MS and spread.percentile(95) * 1000 <= AIM_P95_MS,
        ),
        Figure(f"Answers a second, {bench.scale.answers} contacts at once, the model a stub", f"{rate:.1f}/s"),
    ]


def _answering(world: World) -> Linked:
    """Link a session whose assistant replies without debounce."""
    office = world.link("Office")
    httpx.put(
        f"{world.gateway.api.url}/sessions/{office.session.id}/ai",
        json={"enabled": True, "debounceSeconds": 0, "dailyTokens": None, "disclose": False},
        headers={"X-API-Key": world.gateway.key},
        timeout=10,
        trust_env=False,
    ).raise_for_status()
    _answer(world, office, world.phone(), "warm up")
    return office


def _one_by_one(bench: Bench, world: World, office: Linked) -> Spread:
    contacts = [world.phone() for _ in range(bench.scale.answers)]
    seconds = [_answer(world, office, contact, f"question {i}") for i, contact in enumerate(contacts)]
    model = [
        row["latency_ms"] / 1000
        for row in world.rows.select("SELECT latency_ms FROM gateway.turns WHERE status = 'replied' ORDER BY id")
    ][-len(contacts) :]
    return Spread([whole - thought for whole, thought in zip(seconds, model, strict=True)])


def _answer(world: World, office: Linked, contact: str, text: str) -> float:
    """Return the seconds from the phone's message to the reply."""
    begun = time.monotonic()
    world.whatsapp.send(contact, office.number, text)
    world.whatsapp.wait_for_text(contact, f"You wrote: {text}", TIMEOUT_SECONDS)
    return time.monotonic() - begun


def _at_once(bench: Bench, world: World, office: Linked) -> float:
    """Return replies a second, by the times at which WhatsApp's acks were written down."""
    contacts = [world.phone() for _ in range(bench.scale.answers)]
    before = len(_sent(world))
    with ThreadPoolExecutor(len(contacts)) as pool:
        list(pool.map(lambda contact: world.whatsapp.send(contact, office.number, "all at once"), contacts))
    times = until(lambda: _complete(_sent(world), before + len(contacts)), timeout=TIMEOUT_SECONDS, interval=0.5)
    mine = times[before:]
    return (len(mine) - 1) / (mine[-1] - mine[0])


def _sent(world: World) -> list[float]:
    query = (
        "SELECT extract(epoch FROM k.finished_at)::float8 AS at FROM gateway.whatsapp_explorer_messages m"
        " JOIN gateway.commands k ON k.id = m.command_id"
        " WHERE m.origin = 'ai' AND m.sent_at IS NOT NULL ORDER BY k.finished_at"
    )
    return [row["at"] for row in world.rows.select(query)]


def _complete(times: list[float], total: int) -> list[float] | None:
    return times if len(times) >= total else None
