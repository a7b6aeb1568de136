"""Processes end or stop without a word; others carry on, and nobody ever runs a session twice."""

from __future__ import annotations

import os
import time
from functools import partial

import psutil
import pytest

from infra.local.services import Connector
from tests.e2e.world import Linked, World, is_gone, until, until_connected, until_that, worker_ids, workers

LEASE_TTL = 6.0
LEASES = {"GATEWAY_LEASE_TTL_SECONDS": str(LEASE_TTL), "GATEWAY_LEASE_MARGIN_SECONDS": "1"}
# What is promised from the moment at which it is certain that the owner is gone.
PROMISED = 5.0
CARE = ("connecting", "connected")


@pytest.mark.slow
def test_a_killed_worker_is_replaced_within_seconds(fresh: World) -> None:
    connector = fresh.gateway.start_connector(**LEASES)
    linked = [fresh.link(f"Landlord {number}") for number in range(3)]
    tenant = fresh.phone("Tenant")

    before = [fresh.rows.owner(each.session.id) for each in linked]
    killed_at = time.time()
    for worker in workers(connector):
        worker.kill()
    texts = [f"written while nobody listened {number}" for number in range(3)]
    for each in linked:
        for text in texts:
            fresh.say(tenant, each.number, text)
    for each, (_, epoch) in zip(linked, before, strict=True):
        assert back(fresh, each, killed_at) < patience(PROMISED)
        assert fresh.rows.owner(each.session.id)[1] > epoch
        until_that(each.texts, lambda found: found[-1:] == texts[-1:])
        assert each.texts() == texts
    assert fresh.conflicts() == 0


@pytest.mark.slow
def test_another_connector_takes_over_from_a_killed_one(fresh: World) -> None:
    connectors = [fresh.gateway.start_connector(**LEASES) for _ in range(2)]
    linked, tenant = fresh.link(), fresh.phone("Tenant")

    victim = owner(fresh, linked, connectors)
    killed_at = time.time()
    victim.kill_group()
    texts = [f"written while nobody listened {number}" for number in range(3)]
    for text in texts:
        fresh.say(tenant, linked.number, text)
    assert back(fresh, linked, killed_at) < patience(LEASE_TTL + PROMISED)
    owner(fresh, linked, [each for each in connectors if each is not victim])
    until_that(linked.texts, lambda found: found[-1:] == texts[-1:])
    assert linked.texts() == texts
    assert fresh.conflicts() == 0


@pytest.mark.slow
def test_a_worker_that_was_stopped_gives_up_its_shards(fresh: World) -> None:
    """As on a machine that was frozen: another took over meanwhile, and nothing is done twice."""
    connectors = [fresh.gateway.start_connector(**LEASES, GATEWAY_WORKERS="1") for _ in range(2)]
    linked, tenant = fresh.link(), fresh.phone("Tenant")
    [worker] = workers(owner(fresh, linked, connectors))
    fresh.whatsapp.fault(withholdAcks={"count": 1, "number": linked.number})
    under_way = linked.session.send(tenant, fresh.text("under way when it stopped"), wait=False)
    until(lambda: fresh.received(linked.number))
    # Receipts rest in the spool of their worker for a moment, where nobody else reads them while it is stopped.
    until(lambda: fresh.rows.receipts(linked.session.id))
    worker.suspend()
    stopped_at = time.time()
    waiting = linked.session.send(tenant, fresh.text("queued while it was stopped"), wait=False)
    back(fresh, linked, stopped_at)
    for sent in (under_way, waiting):
        until_that(partial(linked.session.message, sent.id), lambda message: message.status in ("sent", "delivered"))
    until(lambda: time.time() > stopped_at + LEASE_TTL + 10, timeout=LEASE_TTL + 15)
    assert worker.status() == psutil.STATUS_STOPPED
    worker.resume()
    until(lambda: is_gone(worker))
    until(lambda: all(fresh.rows.shards_of(worker_ids(each)) == 8 for each in connectors), timeout=30)
    until_connected(linked.session, linked.number)
    fresh.say(tenant, linked.number, "after it was continued")
    linked.session.send(tenant, fresh.text("sent after it was continued"))
    until(lambda: linked.message("after it was continued"))
    texts = ["under way when it stopped", "queued while it was stopped", "sent after it was continued"]
    fresh.whatsapp.wait_for_text(tenant, texts[-1])
    assert [m["text"] for m in fresh.whatsapp.messages(tenant) if not m["fromMe"]] == texts
    assert len(fresh.received(linked.number)) == len(texts)
    assert fresh.conflicts() <= 1


@pytest.mark.slow
def test_a_killed_supervisor_leaves_no_orphan(fresh: World) -> None:
    connector = fresh.gateway.start_connector(**LEASES)
    linked = fresh.link()
    pairing = fresh.connecting()
    old_code = until(lambda: pairing.status().qr_text)
    family = psutil.Process(connector.pid).children(recursive=True)
    assert len(family) > len(workers(connector))
    connector.kill()
    until(lambda: all(is_gone(process) for process in family))
    fresh.gateway.start_connector(**LEASES)
    until_connected(linked.session, linked.number)
    until_that(lambda: pairing.status().qr_text, lambda code: code not in (None, old_code), timeout=30)
    number = fresh.phone()
    fresh.scan(pairing, number)
    until_connected(pairing, number)
    assert fresh.conflicts() == 0


def owner(world: World, linked: Linked, connectors: list[Connector]) -> Connector:
    """The connector whose worker runs the session."""

    def found() -> list[Connector]:
        worker, _ = world.rows.owner(linked.session.id)
        return [each for each in connectors if worker in worker_ids(each)]

    return until(found)[0]


def back(world: World, linked: Linked, since: float) -> float:
    """Seconds from that moment until the session was connected again, as its event log has it."""
    states = until_that(
        lambda: world.rows.states(linked.session.id, since),
        lambda states: bool(states) and states[-1][0] == "connected",
        timeout=60,
    )
    assert tuple(state for state, _ in states) == CARE
    return states[-1][1] - since


def patience(promised: float) -> float:
    """As long as promised; with n times as many busy threads as cores everything takes n times as long."""
    return promised * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
