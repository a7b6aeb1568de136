"""A pairing process is killed on its way; the phone never lists a device that no session runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from gateway.client import Session
from infra.local.services import Connector
from infra.local.whatsapp.client import ControlRefused
from tests.e2e.conftest import UNLIMITED, lived_in
from tests.e2e.rows import DEVICES
from tests.e2e.world import World, until, until_connected, until_that, workers
from tests.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(stack: Stack) -> Iterator[tuple[World, Connector]]:
    with stack.gateway(**UNLIMITED, GATEWAY_WORKERS="1", GATEWAY_SPARE_PAIRING_SECONDS="0") as gateway:
        for world in lived_in(World(stack, gateway), connectors=0):
            yield world, gateway.start_connector()


# Milliseconds after the scan has begun; the process reports about 20 ms after it.
@pytest.mark.parametrize("after", [0, 5, 10, 15, 20, 30, 50])
def test_killed_around_the_scan(office: tuple[World, Connector], after: int) -> None:
    world, connector = office
    session, number = world.connecting(), world.phone()
    code = until(lambda: session.status().qr_text)
    [child] = pairing_children(connector)
    killing = threading.Timer(after / 1000, kill, [child])
    killing.start()
    with suppress(ControlRefused):
        world.whatsapp.scan(number, code)
    killing.join()
    comes_to_one_device(world, session, number, code)


def test_killed_before_the_device_is_stored(office: tuple[World, Connector]) -> None:
    """The client confirms a device only after it has stored it, so that the phone has not linked it either."""
    world, connector = office
    session, number = world.connecting(), world.phone()
    code = until(lambda: session.status().qr_text)
    [child] = pairing_children(connector)
    scanning = threading.Thread(target=suppressed_scan, args=(world, number, code))
    with world.rows.locked(DEVICES):
        scanning.start()
        until(lambda: world.rows.waiting(DEVICES))
        child.kill()
        scanning.join(10)
        world.rows.dismiss(DEVICES)
    assert world.whatsapp.phone(number)["devices"] == []
    comes_to_one_device(world, session, number, code)


def test_the_worker_killed_before_it_hears_of_the_device(office: tuple[World, Connector]) -> None:
    world, connector = office
    session, number = world.connecting(), world.phone()
    code = until(lambda: session.status().qr_text)
    [worker] = workers(connector)
    worker.suspend()
    world.whatsapp.scan(number, code)
    worker.kill()
    until_connected(session, number)
    assert len(world.whatsapp.phone(number)["devices"]) == 1


def comes_to_one_device(world: World, session: Session, number: str, code: str) -> None:
    """Either the device was linked and is run, or it was not and another code links it.

    A device that the client had stored and WhatsApp had not is refused at its first login.
    """
    status = until_that(
        session.status,
        lambda status: status.status in ("connected", "logged_out") or status.qr_text not in (None, code),
        timeout=30,
    )
    if status.status != "connected":
        assert world.whatsapp.phone(number)["devices"] == []
        session.connect()
        world.scan(session, number)
    until_connected(session, number)
    [device] = until_that(
        lambda: world.whatsapp.phone(number)["devices"], lambda devices: [d["connected"] for d in devices] == [True]
    )
    jid = f"{number.removeprefix('+')}:{device['device']}@s.whatsapp.net"
    assert [each for each in world.rows.devices() if number.removeprefix("+") in each] == [jid]


def suppressed_scan(world: World, number: str, code: str) -> None:
    with suppress(ControlRefused):
        world.whatsapp.scan(number, code)


def pairing_children(connector: Connector) -> list[psutil.Process]:
    everybody = psutil.Process(connector.pid).children(recursive=True)
    return [each for each in everybody if "connector.whatsapp.pairing_child" in each.cmdline()]


def kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
