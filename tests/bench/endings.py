"""What is lost or doubled when processes end under load.

Workers by SIGKILL, and by SIGABRT as Go ends them after a panic; all processes of a connector by SIGKILL; connectors
by SIGTERM with a successor.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.e2e.world import Linked, World, until, workers

SESSIONS = 4
WRITERS = 4
RETRY_SECONDS = 10.0


def measure(bench: Bench) -> list[Figure]:
    kills, ends, rate = bench.scale.kills, bench.scale.ends, bench.scale.rate
    kinds: dict[str, Callable[[Bench, World], None]] = {
        f"{kills} SIGKILLs of a worker": partial(_killed, number=signal.SIGKILL, count=kills),
        f"{ends} Go aborts of a worker": partial(_killed, number=signal.SIGABRT, count=ends),
        f"{ends} SIGKILLs of a whole connector": _killed_with_all,
        f"{ends} SIGTERMs of a connector": _replaced,
    }
    return [_under_load(bench, f"{kind} at {rate:.0f} messages/s inbound", end) for kind, end in kinds.items()]


class Writers:
    """Phones that write to the sessions within a `with` block, `rate` messages a second together."""

    def __init__(self, world: World, linked: list[Linked], rate: float) -> None:
        self._world = world
        self._linked = linked
        self._phones = [world.phone() for _ in range(WRITERS)]
        self._pause = WRITERS / rate
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(phone,)) for phone in self._phones]
        self.written: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, phone: str) -> None:
        due, count = time.monotonic(), 0
        while not self._stop.wait(max(due - time.monotonic(), 0.0)):
            text = f"{phone} {count}"
            self._world.whatsapp.send(phone, self._linked[count % len(self._linked)].number, text)
            self.written.append(text)
            due, count = due + self._pause, count + 1


def _under_load(bench: Bench, name: str, end_all: Callable[[Bench, World], None]) -> Figure:
    bench.say(name)
    with bench.world(GATEWAY_WORKERS="1") as world:
        connector = world.gateway.start_connector()
        linked = [world.link() for _ in range(SESSIONS)]
        connector.stop()
        with Writers(world, linked, bench.scale.rate) as writers:
            begun = time.monotonic()
            end_all(bench, world)
            seconds = time.monotonic() - begun
        return _count(name, world, linked, writers.written, seconds)


def _killed(bench: Bench, world: World, number: signal.Signals, count: int) -> None:
    if number is signal.SIGABRT:
        # Ours: they are not to be counted among the panics that came by themselves.
        bench.logs.remove(world.gateway.logs)
    connector = world.gateway.start_connector()
    for end in range(count):
        bench.say(f"{number.name} {end + 1} of {count}")
        [worker] = until(lambda: workers(connector))
        found = time.monotonic()
        until(lambda: _all_connected(world), timeout=60)
        until(partial(_passed, bench.scale.life, since=found), timeout=60)
        worker.send_signal(number)
        worker.wait(10)
    until(lambda: _all_connected(world), timeout=60)


def _killed_with_all(bench: Bench, world: World) -> None:
    for end in range(bench.scale.ends):
        bench.say(f"SIGKILL of everything {end + 1} of {bench.scale.ends}")
        connector = world.gateway.start_connector()
        until(partial(workers, connector))
        found = time.monotonic()
        until(lambda: _all_connected(world), timeout=60)
        until(partial(_passed, bench.scale.life, since=found), timeout=60)
        connector.kill_group()
    world.gateway.start_connector()
    until(lambda: _all_connected(world), timeout=60)


def _replaced(bench: Bench, world: World) -> None:
    connector = world.gateway.start_connector()
    for number in range(bench.scale.ends):
        bench.say(f"SIGTERM {number + 1} of {bench.scale.ends}")
        successor = world.gateway.start_connector()
        connector.stop()
        until(lambda: _all_connected(world), timeout=60)
        connector = successor


def _passed(seconds: float, *, since: float) -> bool:
    return time.monotonic() - since > seconds


def _all_connected(world: World) -> bool:
    """Return whether every session is connected under a live lease."""
    rows = world.rows.select(
        "SELECT FROM gateway.whatsapp_sessions s JOIN gateway.shard_leases l USING (shard)"
        " WHERE s.connection_status = 'connected' AND s.epoch = l.epoch AND l.expires_at > clock_timestamp()"
    )
    return len(rows) == SESSIONS


def _count(name: str, world: World, linked: list[Linked], written: list[str], seconds: float) -> Figure:
    last = _last_of_each(world, linked)
    until(lambda: last <= _stored(world).keys(), timeout=60)
    stored = _stored_with_retries(world, set(written))
    lost = len(set(written) - stored.keys())
    doubled = sum(count - 1 for count in stored.values())
    reported = len(world.rows.select("SELECT FROM gateway.events WHERE type = 'message.lost'"))
    told = f", {reported} of them reported as lost" if lost else ""
    measured = f"{lost} lost{told}, {doubled} doubled, of {len(written)} in {seconds:.0f} s"
    return Figure(name, measured, "", "0 lost, 0 doubled", not doubled and not lost)


def _last_of_each(world: World, linked: list[Linked]) -> set[str]:
    """Send one more message to each session: once it is stored, all that came before it have come."""
    phone = world.phone()
    for number, each in enumerate(linked):
        world.whatsapp.send(phone, each.number, f"the end of it {number}")
    return {f"the end of it {number}" for number in range(len(linked))}


def _stored_with_retries(world: World, written: set[str]) -> Counter[str]:
    """Return what is stored, with what could not be decrypted at first: it is requested again, and comes late."""
    deadline = time.monotonic() + RETRY_SECONDS
    while not written <= (stored := _stored(world)).keys() and time.monotonic() < deadline:
        time.sleep(0.5)
    return stored


def _stored(world: World) -> Counter[str]:
    return Counter(
        row["content"] for row in world.rows.select("SELECT content FROM gateway.whatsapp_explorer_messages")
    )
