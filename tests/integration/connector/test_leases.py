"""Who runs a session, whatever happens to the processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import psycopg
import pytest

from infra.local.services import Connector
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import SETTINGS, MakePhone
from tests.integration.connector.processes import pairing_children, workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

TTL = float(SETTINGS["GATEWAY_LEASE_TTL_SECONDS"])


def shares(gateway: Gateway) -> list[int]:
    """How many shards each worker holds, ascending."""
    with psycopg.connect(gateway.database.admin) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM gateway.shard_leases WHERE expires_at > clock_timestamp() AND owner IS NOT NULL"
            " GROUP BY owner ORDER BY 1"
        ).fetchall()
    return [row[0] for row in rows]


def health(connector: Connector) -> tuple[int, dict[str, object]]:
    response = httpx.get(connector.health_url, trust_env=False)
    return response.status_code, response.json()


def conflicts(whatsapp: WhatsAppControl, *numbers: str) -> list[object]:
    return [entry for entry in whatsapp.statistics()["conflictList"] if entry["number"] in numbers]


def wait_for_new_login(user: User, session_id: UUID, before: object, timeout: float) -> None:
    wait_for(
        lambda: user.session(session_id),
        lambda session: session.connection_status == "connected" and session.last_connected_at != before,
        timeout,
    )


@pytest.mark.slow
def test_workers_share_evenly_from_the_start(gateway: Gateway) -> None:
    connector = gateway.start_connector(GATEWAY_WORKERS="3")
    wait_for(lambda: shares(gateway), lambda found: found == [5, 5, 6])
    status, state = health(connector)
    assert (status, state["status"]) == (200, "ok")


@pytest.mark.slow
def test_a_second_connector_gets_half_and_gives_it_back(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector()
    numbers = [phone() for _ in range(4)]
    sessions = [user.link(number) for number in numbers]
    wait_for(lambda: shares(gateway), lambda found: found == [16])
    second = gateway.start_connector()
    wait_for(lambda: shares(gateway), lambda found: found == [8, 8])
    for session_id in sessions:
        user.wait_for_state(session_id, "connected")
    second.stop()
    wait_for(lambda: shares(gateway), lambda found: found == [16])
    tenant = phone()
    for session_id, number in zip(sessions, numbers, strict=True):
        user.wait_for_state(session_id, "connected")
        whatsapp.send(tenant, number, f"to {number}")
        user.wait_for_texts(session_id, f"to {number}")
    assert conflicts(whatsapp, *numbers) == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_its_sessions_are_back(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    number, tenant = phone(), phone()
    session_id = user.link(number)
    before = user.session(session_id).last_connected_at
    workers(connector.pid)[0].kill()
    whatsapp.send(tenant, number, "while nobody was there")
    begun = time.monotonic()
    wait_for_new_login(user, session_id, before, timeout=30)
    print(f"back after {time.monotonic() - begun:.1f} s")
    user.wait_for_texts(session_id, "while nobody was there")
    _, state = health(connector)
    assert state["workerRestarts"] == 1


@pytest.mark.slow
def test_when_a_machine_dies_another_takes_over_before_its_leases_end(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    first = gateway.start_connector(GATEWAY_LEASE_TTL_SECONDS="60")
    numbers = [phone() for _ in range(3)]
    sessions = [user.link(number) for number in numbers]
    # Of another machine: that the processes are dead is seen by their locks in the database only.
    elsewhere = str(gateway.spool.with_name("elsewhere"))
    second = gateway.start_connector(GATEWAY_LEASE_TTL_SECONDS="60", GATEWAY_SPOOL_DIRECTORY=elsewhere)
    wait_for(lambda: shares(gateway), lambda found: found == [8, 8])
    for session_id in sessions:
        user.wait_for_state(session_id, "connected")
    first.kill_group()
    begun = time.monotonic()
    wait_for(lambda: shares(gateway), lambda found: found == [16])
    for session_id in sessions:
        user.wait_for_state(session_id, "connected")
    print(f"taken over after {time.monotonic() - begun:.1f} s")
    tenant = phone()
    for session_id, number in zip(sessions, numbers, strict=True):
        whatsapp.send(tenant, number, f"to {number}")
        user.wait_for_texts(session_id, f"to {number}")
    assert second.is_running
    assert conflicts(whatsapp, *numbers) == []


def test_when_everything_was_killed_a_start_on_the_same_machine_waits_for_nothing(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """The leases would last for minutes yet; nobody says "connected" meanwhile, and nothing is lost."""
    long = {"GATEWAY_LEASE_TTL_SECONDS": "600", "GATEWAY_TAKEOVER_SECONDS": "300"}
    first = gateway.start_connector(**long)
    number, tenant = phone(), phone()
    session_id = user.link(number)
    before = user.session(session_id).last_connected_at
    first.kill_group()
    wait_for(lambda: user.session(session_id).presented, lambda shown: shown.reason == "no_owner", timeout=10)
    assert user.session(session_id).connection_status == "connected"
    whatsapp.send(tenant, number, "while nobody was there")
    begun = time.monotonic()
    gateway.start_connector(**long)
    wait_for_new_login(user, session_id, before, timeout=60)
    print(f"back {time.monotonic() - begun:.1f} s after the start of a new connector")
    user.wait_for_texts(session_id, "while nobody was there")


@pytest.mark.slow
def test_a_stopped_worker_gives_up_its_shards_and_does_nothing_twice(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    first = gateway.start_connector()
    number, tenant = phone(), phone()
    session_id = user.link(number)
    (stopped,) = workers(first.pid)
    stopped.suspend()
    queued = [user.send(session_id, tenant, f"text {index}") for index in range(3)]
    gateway.start_connector()
    wait_for(lambda: shares(gateway), lambda found: found == [16], timeout=TTL + 30)
    for message_id in queued:
        user.wait_for_status(session_id, message_id, "delivered")
    stopped.resume()
    wait_for(stopped.is_running, lambda running: not running)
    wait_for(lambda: shares(gateway), lambda found: found == [8, 8], timeout=TTL + 30)
    user.wait_for_state(session_id, "connected")
    later = user.send(session_id, tenant, "later")
    user.wait_for_status(session_id, later, "delivered")
    texts = [message["text"] for message in whatsapp.messages(tenant) if not message["fromMe"]]
    assert texts == ["text 0", "text 1", "text 2", "later"]
    # The one conflict there is: the successor's login found the stopped worker's socket still open.
    assert len(conflicts(whatsapp, number)) <= 1


def test_the_supervisor_has_mapped_none_of_its_workers_libraries(gateway: Gateway) -> None:
    connector = gateway.start_connector()
    (worker,) = workers(connector.pid)
    mapped = {pid: Path(f"/proc/{pid}/maps").read_text() for pid in (connector.pid, worker.pid)}
    libraries = ("neonize", "psycopg", "pydantic")
    assert [name for name in libraries if name in mapped[worker.pid]] == list(libraries)
    assert [name for name in libraries if name in mapped[connector.pid]] == []


def test_a_killed_supervisor_leaves_no_orphan(gateway: Gateway, user: User) -> None:
    connector = gateway.start_connector(GATEWAY_WORKERS="2")
    session_id = user.create_session()
    user.connect(session_id)
    user.wait_for_qr(session_id)
    orphans = [*workers(connector.pid), *pairing_children(connector.pid)]
    assert len(orphans) == 3
    os.kill(connector.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert alive == []


@pytest.mark.slow
def test_a_worker_that_dies_at_once_is_not_restarted_in_a_frenzy(gateway: Gateway) -> None:
    connector = gateway.start_connector()
    for _ in range(4):
        (worker,) = wait_for(lambda: workers(connector.pid), lambda found: len(found) == 1)
        worker.kill()
        worker.wait(10)
    restarted = wait_for(lambda: workers(connector.pid), lambda found: len(found) == 1)
    assert restarted[0].is_running()
    wait_for(lambda: health(connector)[0], lambda status: status == 200)


@pytest.mark.slow
def test_health_says_what_is_wrong(gateway: Gateway) -> None:
    connector = gateway.start_connector()
    (worker,) = workers(connector.pid)
    worker.suspend()
    try:
        _, state = wait_for(lambda: health(connector), lambda answer: answer[0] == 503, timeout=TTL + 30)
        assert state["status"] == "failing"
    finally:
        worker.resume()
    wait_for(lambda: health(connector)[0], lambda status: status == 200)
