"""What a fleet costs that does nothing, and one that is busy: statements, transactions, processor time, bytes."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from gateway import client
from tests.bench.fleet import people
from tests.bench.fleet.conditions import Conditions
from tests.bench.fleet.fleet import QUIET, Fleet
from tests.bench.fleet.scale import Scale
from tests.bench.processor import cpu_seconds

SENDERS = 8


@dataclass(frozen=True, slots=True)
class Cost:
    """A second: statements of the connectors, and the cores that connectors, API and database use."""

    statements: float
    connectors: float
    api: float
    database: float

    def __str__(self) -> str:
        cores = f"connectors {self.connectors:.1%}, API {self.api:.1%}, database {self.database:.1%} of a core"
        return f"{self.statements:.1f} statements/s of the connectors; {cores}"


class Meter:
    """Measures from its creation until read()."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._begun, self._before = time.monotonic(), self._read()

    def read(self) -> Cost:
        seconds = time.monotonic() - self._begun
        return Cost(*((now - then) / seconds for now, then in zip(self._read(), self._before, strict=True)))

    def _read(self) -> tuple[float, ...]:
        fleet = self._fleet
        used = (cpu_seconds(services) for services in (fleet.tasks, [fleet.gateway.api], [fleet.stack.postgres]))
        return fleet.statements(), *used


def idle(fleet: Fleet, seconds: float) -> Cost:
    """Measure a fleet whose sessions are connected, and that is left alone."""
    fleet.gateway.api.is_ready()
    # What follows a connection is over by then.
    time.sleep(seconds / 2)
    meter = Meter(fleet)
    time.sleep(seconds)
    return meter.read()


@dataclass(frozen=True, slots=True)
class Busy:
    """`cost` of so many messages received and sent in `seconds`."""

    cost: Cost
    received: int
    sent: int
    seconds: float

    def __str__(self) -> str:
        each = self.seconds / max(self.received + self.sent, 1)
        milliseconds = [1000 * each * cores for cores in (self.cost.connectors, self.cost.api, self.cost.database)]
        return (
            f"{self.received / self.seconds:.1f} received/s and {self.sent / self.seconds:.1f} sent/s: {self.cost}; a"
            f" message {self.cost.statements * each:.0f} statements,"
            " {:.1f} ms of the connectors, {:.1f} ms of the API, {:.1f} ms of the database".format(*milliseconds)
        )


def busy(fleet: Fleet, scale: Scale) -> Busy:
    """Measure a fleet that receives and sends at the given rates."""
    api = client.Gateway(fleet.gateway.api.url, fleet.gateway.key)
    with ThreadPoolExecutor(SENDERS) as pool:
        senders = list(pool.map(api.session, fleet.sessions[: scale.senders]))
    before = _messages(fleet)
    fleet.whatsapp.become(Conditions(receive_seconds=len(fleet.sessions) / scale.received))
    meter, begun, stop = Meter(fleet), time.monotonic(), threading.Event()
    threading.Timer(scale.busy, stop.set).start()
    _send_all(senders, scale.sent, stop)
    cost, seconds = meter.read(), time.monotonic() - begun
    fleet.whatsapp.become(QUIET)
    after = _messages(fleet)
    api.close()
    return Busy(cost, after[0] - before[0], after[1] - before[1], seconds)


def _send_all(senders: list[client.Session], rate: float, stop: threading.Event) -> None:
    """Send at a rate that all senders share, each text to a contact that its session knows or not, until stopped."""
    begun, numbers = time.monotonic(), itertools.count()

    def send(_: int) -> None:
        while not stop.is_set():
            number = next(numbers)
            stop.wait(max(begun + number / rate - time.monotonic(), 0.0))
            session = number % len(senders)
            senders[session].send(f"+{people.contact_of(session, number % people.CONTACTS)}", people.text(), wait=False)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))


def _messages(fleet: Fleet) -> tuple[int, int]:
    """Return how many messages were received, and how many sent."""
    [row] = fleet.rows.select(
        "SELECT count(*) FILTER (WHERE NOT from_me) AS received,"
        " count(*) FILTER (WHERE from_me AND sent_at IS NOT NULL) AS sent FROM gateway.whatsapp_explorer_messages"
    )
    return row["received"], row["sent"]
