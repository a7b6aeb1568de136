"""Parts end in good order, one after another or all at once, while people go on writing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from infra.local.service import Service
from infra.local.services import Connector
from tests.e2e.world import Linked, World, until, until_connected, until_that, worker_ids

LEASES = {"GATEWAY_LEASE_TTL_SECONDS": "6", "GATEWAY_LEASE_MARGIN_SECONDS": "1"}
# Twenty a second each way.
RATE = 20.0
MESSAGES = 160
STOP_AFTER = 50


class Pace:
    """Does something `RATE` times a second as long as the machine keeps up, and tells how often it did."""

    def __init__(self, act: Callable[[int], object]) -> None:
        self._act = act
        self.done = 0

    def run(self) -> None:
        begun = time.monotonic()
        for number in range(MESSAGES):
            self._act(number)
            self.done += 1
            time.sleep(max(begun + self.done / RATE - time.monotonic(), 0.0))


@pytest.mark.slow
def test_sigterm_under_load_loses_and_doubles_nothing(fresh: World) -> None:
    """Others write than are written to: whatsmeow alone may spoil a message to whom it hears at the same moment."""
    connectors = [fresh.gateway.start_connector(**LEASES) for _ in range(2)]
    linked = fresh.link()
    writers = [fresh.phone(f"Writer {number}") for number in range(4)]
    readers = [fresh.phone(f"Reader {number}") for number in range(4)]
    leaving = next(each for each in connectors if holds(fresh, each, linked))
    inbound = Pace(lambda n: fresh.say(writers[n % 4], linked.number, f"inbound {n}"))
    outbound = Pace(lambda n: linked.session.send(readers[n % 4], fresh.text(f"outbound {n}"), wait=False))
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(pace.run) for pace in (inbound, outbound)]
        until(lambda: inbound.done >= STOP_AFTER and outbound.done >= STOP_AFTER, timeout=60)
        leaving.stop()
        for each in running:
            each.result(timeout=60)
    assert leaving.child
    assert leaving.child.exit_code == 0
    until(lambda: linked.message(f"inbound {MESSAGES - 1}"), timeout=60)
    expected = {f"outbound {n}" for n in range(MESSAGES)}
    until(lambda: {text for reader in readers for text in texts(fresh, reader)} == expected, timeout=60)
    for n, (writer, reader) in enumerate(zip(writers, readers, strict=True)):
        assert texts(fresh, reader) == [f"outbound {k}" for k in range(n, MESSAGES, 4)]
        received = [m.content for m in linked.session.messages(chat=writer)][::-1]
        assert received == [f"inbound {k}" for k in range(n, MESSAGES, 4)]
    until(lambda: {m.status for m in linked.session.messages() if m.from_me} == {"delivered"}, timeout=30)
    ids = fresh.received(linked.number)
    assert len(ids) == len(set(ids)) == MESSAGES
    assert fresh.conflicts() == 0


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_everything_restarts(fresh: World, killed: bool) -> None:
    connector = fresh.gateway.start_connector(**LEASES)
    landlords, tenant = [fresh.link(f"Landlord {number}") for number in range(3)], fresh.phone("Tenant")
    queued = [each.session.send(tenant, fresh.text(f"before from {each.number}"), wait=False) for each in landlords]
    end = Service.kill_group if killed else Service.stop
    stopped_at = time.time()
    stack = fresh.stack
    gateway: list[Service] = [connector, fresh.gateway.api]
    services: list[Service] = [stack.whatsapp, stack.ministack, stack.postgres]
    for service in gateway:
        end(service)
    for each in landlords:
        for number in range(3):
            fresh.say(tenant, each.number, f"before the server {number}")
    for service in services:
        end(service)
    for service in reversed(services):
        service.start()
    for each in landlords:
        for number in range(3):
            fresh.say(tenant, each.number, f"after the server {number}")
    for service in reversed(gateway):
        service.start()
    # A receipt can die with the worker that got it, and the outcome of a send with the worker that made it.
    settled = ("delivered", "sent", "unknown") if killed else ("delivered",)
    written = [f"{when} the server {number}" for when in ("before", "after") for number in range(3)]
    for each, sent in zip(landlords, queued, strict=True):
        until_connected(each.session, each.number)
        until_that(partial(each.texts, from_me=False), lambda found: found == written, timeout=30)
        message = until_that(partial(each.session.message, sent.id), lambda message: message.status in settled)
        received = texts(fresh, tenant).count(f"before from {each.number}")
        assert received == 1 or (message.status == "unknown" and received == 0)
        assert "qr_pending" not in [state for state, _ in fresh.rows.states(each.session.id, stopped_at)]
    assert fresh.conflicts() == 0


def holds(world: World, connector: Connector, linked: Linked) -> bool:
    worker, _ = world.rows.owner(linked.session.id)
    return worker in worker_ids(connector)


def texts(world: World, number: str) -> list[str]:
    """What the phone received, in its order."""
    return [m["text"] for m in world.whatsapp.messages(number) if not m["fromMe"]]
