from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import psycopg
import pytest

from connector.whatsapp import devices
from connector.whatsapp.durable_events import InboundMessage
from connector.whatsapp.pairing_process import Paired, PairingCode, PairingEvent, PairingFailed, PairingProcess, QrCode
from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.connector_whatsapp.conftest import Link
from tests.integration.connector_whatsapp.phones import Phone
from tests.integration.connector_whatsapp.runner import Driver

PARENT = """
import sys, time
from connector.whatsapp.durable_events import InboundMessage
from connector.whatsapp.pairing_process import PairingProcess
process = PairingProcess(sys.argv[1], "Tests")
print(process.pid, next(process.events()).text, flush=True)
time.sleep(60)
"""


@pytest.fixture
def pairing(whatsapp: WhatsAppControl, dsn: str) -> Iterator[PairingProcess]:
    with PairingProcess(dsn, "Tests") as process:
        yield process


@pytest.fixture
def phone(whatsapp: WhatsAppControl) -> Phone:
    return Phone(whatsapp, "Maria")


def test_a_phone_scans_the_code(pairing: PairingProcess, phone: Phone, dsn: str) -> None:
    events = pairing.events()
    code = next(events)
    assert isinstance(code, QrCode)
    assert code.time_to_live.total_seconds() == 60
    jid = phone.scan(code.text)
    assert list(events) == [Paired(jid, phone.lid.replace("@", ":1@"), phone.number)]
    assert pairing.reap() == 0
    with psycopg.connect(dsn) as connection:
        assert devices.find_by_noise_key(connection, code.noise_public_key) == jid


def test_the_pairing_process_leaves_before_it_logs_in(whatsapp: WhatsAppControl, link: Link) -> None:
    maria = link("Maria")
    assert maria.phone.number not in whatsapp.statistics()["loginsByNumber"]


def test_what_is_written_in_the_second_of_the_scan_arrives_once(
    whatsapp: WhatsAppControl, link: Link, driver: Driver, dsn: str
) -> None:
    maria, bob = link("Maria"), Phone(whatsapp, "Bob")
    early = bob.send(maria.phone, "already there?")
    driver.call("start", client="maria", dsn=dsn, jid=maria.jid)
    driver.received("maria", early)
    late = bob.send(maria.phone, "now?")
    driver.received("maria", late)
    received = [e.value.message_id for e in driver.events if isinstance(e.value, InboundMessage)]
    assert received == [early, late]


def test_a_phone_is_linked_by_a_code_typed_on_it(phone: Phone, dsn: str) -> None:
    with PairingProcess(dsn, "Tests", phone.number) as process:
        events = process.events()
        code = next(events)
        assert isinstance(code, PairingCode)
        assert len(code.code) == 9
        jid = phone.enter(code.code)
        assert [event.jid for event in events if isinstance(event, Paired)] == [jid]
    with psycopg.connect(dsn) as connection:
        assert devices.find_by_noise_key(connection, code.noise_public_key) == jid


@pytest.mark.parametrize("fault", ["wrongHmac", "wrongSignature"])
def test_a_forged_confirmation_is_refused(
    fault: str, pairing: PairingProcess, phone: Phone, whatsapp: WhatsAppControl, caplog: pytest.LogCaptureFixture
) -> None:
    events = pairing.events()
    code = next(events)
    assert isinstance(code, QrCode)
    whatsapp.fault(pairing=fault)
    with pytest.raises(ControlRefused):
        phone.scan(code.text)
    assert [_reason(event) for event in events] == ["pairing_refused"]
    assert "while pairing" in caplog.text
    assert phone.number[1:] not in caplog.text


@pytest.mark.slow
def test_an_unused_set_of_codes_expires(whatsapp: WhatsAppControl, dsn: str) -> None:
    whatsapp.fault(qrRefs=2)
    with PairingProcess(dsn, "Tests") as process:
        events = list(process.events())
    assert [type(event) for event in events] == [QrCode, QrCode, PairingFailed]
    assert _reason(events[-1]) == "qr_timeout"


def test_a_connection_lost_while_pairing_is_no_expiry(pairing: PairingProcess, whatsapp: WhatsAppControl) -> None:
    events = pairing.events()
    next(events)
    whatsapp.fault(drop=True)
    assert [_reason(event) for event in events] == ["cannot_reach_whatsapp"]


def test_whatsapp_out_of_reach_is_said_so(whatsapp: WhatsAppControl, dsn: str) -> None:
    whatsapp.fault(refuseSeconds=30)
    with PairingProcess(dsn, "Tests") as process:
        assert [_reason(event) for event in process.events()] == ["cannot_reach_whatsapp"]


def test_a_server_with_another_root_key_is_refused(
    whatsapp: WhatsAppControl, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHATSAPP_ROOT_KEY", "07" * 32)
    with PairingProcess(dsn, "Tests") as process:
        assert [_reason(event) for event in process.events()] == ["cannot_reach_whatsapp"]


def test_a_store_out_of_reach_is_said_so(whatsapp: WhatsAppControl, dsn: str) -> None:
    with PairingProcess(dsn.replace("gateway_whatsmeow:", "gateway_whatsmeow:wrong"), "Tests") as process:
        assert [_reason(event) for event in process.events()] == ["store_unavailable"]


def test_a_process_that_dies_by_itself_is_reported(pairing: PairingProcess) -> None:
    events = pairing.events()
    next(events)
    os.kill(pairing.pid, signal.SIGKILL)
    assert [_reason(event) for event in events] == ["crashed"]


def test_a_killed_process_ends_its_events(pairing: PairingProcess) -> None:
    events = pairing.events()
    next(events)
    pairing.kill()
    assert list(events) == []
    assert pairing.reap() == -signal.SIGKILL


def test_a_process_ends_with_its_parent(whatsapp: WhatsAppControl, dsn: str) -> None:
    command = [sys.executable, "-c", PARENT, dsn]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline().split()[0])
        assert psutil.pid_exists(child)
        parent.kill()
    deadline = time.monotonic() + 5
    while psutil.pid_exists(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.005, 0.01, 0.03])
def test_killed_at_any_moment_of_the_scan_it_leaves_no_orphan(
    delay: float, whatsapp: WhatsAppControl, driver: Driver, dsn: str
) -> None:
    """What the phone lists is in the store, under the key that the code carried, and can be run."""
    phone = Phone(whatsapp, "Maria")
    with PairingProcess(dsn, "Tests") as process:
        code = next(process.events())
        assert isinstance(code, QrCode)
        scanning = _in_background(lambda: phone.scan(code.text))
        time.sleep(delay)
        process.kill()
        scanning()
    with psycopg.connect(dsn) as connection:
        jid = devices.find_by_noise_key(connection, code.noise_public_key)
    if phone.devices:
        assert jid is not None
        driver.call("start", client="linked", dsn=dsn, jid=jid)
        driver.wait("linked", "Connected")
    elif jid is not None:
        driver.call("start", client="unknown", dsn=dsn, jid=jid)
        driver.wait("unknown", "LoggedOut")


def _in_background(action: Callable[[], object]) -> Callable[[], None]:
    """Start a thread and return the function that waits for it; a refusal is as good as a success."""
    thread = threading.Thread(target=lambda: _quietly(action))
    thread.start()
    return lambda: thread.join(30)


def _quietly(action: Callable[[], object]) -> None:
    try:
        action()
    except ControlRefused:
        return


def _reason(event: PairingEvent) -> str:
    assert isinstance(event, PairingFailed)
    return event.reason
