"""How many messages are sent a second by many senders at once, and what a send costs: processor time and statements."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from infra.local.service import Service
from tests.bench.baseline import raw_neonize
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.processor import cpu_seconds
from tests.e2e.world import Linked
from tests.round_trips import Asked, CountingProxy
from tests.stack import Gateway

AIM_OF_RAW = 0.6
AIM_CPU_MS = 10.0
# Until the receipts of all that was sent are processed.
RECEIPTS_SECONDS = 1.0


def measure(bench: Bench) -> list[Figure]:
    bench.say(f"raw send_message, {bench.scale.senders} threads")
    raw = _raw(bench)
    bench.say(f"POST messages, {bench.scale.senders} senders")
    rate, cpu = _gateway(bench)
    bench.say("statements a send")
    statements, round_trips = _statements(bench)
    count = f"{bench.scale.senders} senders × {bench.scale.senders} sessions"
    return [
        Figure(
            f"Sends a second, {count}",
            f"{rate:.0f}/s ({rate / raw:.0%} of raw)",
            f"{raw:.0f}/s",
            f"≥ {AIM_OF_RAW:.0%} of raw",
            rate >= AIM_OF_RAW * raw,
        ),
        Figure(
            f"Processor time a send of API and connector, {count}",
            f"{cpu * 1000:.1f} ms",
            "",
            f"≤ {AIM_CPU_MS:.0f} ms",
            cpu * 1000 <= AIM_CPU_MS,
        ),
        Figure(
            "Statements a send with its receipt, of API and connector without whatsmeow",
            f"{statements:.0f} in {round_trips:.0f} round trips",
        ),
    ]


def _raw(bench: Bench) -> float:
    with raw_neonize(bench.stack) as baseline, bench.world() as world:
        numbers = [world.phone() for _ in range(bench.scale.senders)]
        contacts = [f"{world.phone().removeprefix('+')}@s.whatsapp.net" for _ in numbers]
        jids = [baseline.link(number) for number in numbers]
        baseline.start(jids)
        baseline.send_all(jids, contacts, 1)
        seconds = baseline.send_all(jids, contacts, bench.scale.sends_each)
    return len(jids) * bench.scale.sends_each / seconds


def _gateway(bench: Bench) -> tuple[float, float]:
    """Return sends a second, and the seconds of processor time that each took."""
    with bench.world() as world:
        services: list[Service] = [world.gateway.api, world.gateway.start_connector()]
        senders = [(world.link(), world.phone()) for _ in range(bench.scale.senders)]
        _send_all(senders, 1, "the first one looks the number up")
        with bench.profiled("throughput", services):
            used = cpu_seconds(services)
            seconds = _send_all(senders, bench.scale.sends_each, "at once")
            used = cpu_seconds(services) - used
    count = len(senders) * bench.scale.sends_each
    return count / seconds, used / count


def _send_all(senders: list[tuple[Linked, str]], count: int, text: str) -> float:
    """Let each session send so many texts, each once the one before is sent. Return the seconds it took."""

    def send(sender: tuple[Linked, str]) -> None:
        linked, contact = sender
        for number in range(count):
            linked.session.send(contact, f"{text} {number}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(len(senders)) as pool:
        list(pool.map(send, senders))
    return time.perf_counter() - begun


def _statements(bench: Bench) -> tuple[float, float]:
    """Return statements and round trips a send, one at a time, once statements are prepared."""
    with (
        CountingProxy(bench.stack.postgres.dsn()) as proxy,
        bench.world(partial(_lead_through, proxy)) as world,
    ):
        world.gateway.start_connector()
        sender = [(world.link(), world.phone())]
        before = _asked_after(proxy, sender, bench.scale.counted, "warm up")
        asked = _asked_after(proxy, sender, bench.scale.counted, "counted") - before
    return asked.statements / bench.scale.counted, asked.round_trips / bench.scale.counted


def _lead_through(proxy: CountingProxy, gateway: Gateway) -> None:
    """Lead the gateway's own roles through the proxy; whatsmeow's way stays direct."""
    database = gateway.database
    gateway.database = replace(
        database, functions=proxy.through(database.functions), connector=proxy.through(database.connector)
    )


def _asked_after(proxy: CountingProxy, sender: list[tuple[Linked, str]], count: int, text: str) -> Asked:
    """Return what was asked once so many messages are sent and their receipts have come."""
    _send_all(sender, count, text)
    time.sleep(RECEIPTS_SECONDS)
    return proxy.asked
