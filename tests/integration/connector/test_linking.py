"""How a number is linked, and how linking ends otherwise."""

from __future__ import annotations

import contextlib
import time

import psutil
import psycopg
import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import pairing_children, workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def test_a_scanned_code_links_the_number(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    session = guest.session(session_id)
    assert session.phone_number == number
    assert session.lid == whatsapp.phone(number)["lid"]
    assert session.device_jid is not None
    assert session.qr_code is session.pairing_code is session.reason is None
    states = [event.data["status"] for event in guest.events(session_id, "session.state")]
    assert states == ["connecting", "qr_pending", "connected"]


def test_a_code_typed_on_the_phone_links_the_number(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.create_session()
    guest.connect(session_id, pairing_phone=number)
    session = wait_for(lambda: guest.session(session_id), lambda session: session.pairing_code is not None)
    assert session.connection_status == "qr_pending"
    assert session.qr_code is None
    whatsapp.enter_code(number, session.pairing_code or "")
    assert guest.wait_for_state(session_id, "connected").phone_number == number


def test_a_code_to_type_may_be_asked_for_while_a_qr_code_is_shown(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.create_session()
    guest.connect(session_id)
    guest.wait_for_qr(session_id)
    guest.connect(session_id, pairing_phone=number)
    session = wait_for(lambda: guest.session(session_id), lambda session: session.pairing_code is not None)
    assert (session.connection_status, session.qr_code) == ("qr_pending", None)
    whatsapp.enter_code(number, session.pairing_code or "")
    assert guest.wait_for_state(session_id, "connected").phone_number == number


def test_connecting_twice_starts_one_pairing(guest: User, shared_gateway: Gateway) -> None:
    session_id = guest.create_session()
    guest.connect(session_id)
    code = guest.wait_for_qr(session_id)
    guest.connect(session_id)
    guest.connect(session_id)
    guest.wait_for_events(session_id, "session.qr", 1)
    assert guest.session(session_id).qr_code == code
    assert len(guest.events(session_id, "session.state")) == 2
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")


@pytest.mark.parametrize("fault", ["wrongHmac", "wrongSignature"])
def test_a_bad_pairing_is_refused_and_can_be_tried_again(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, fault: str
) -> None:
    number = phone()
    session_id = guest.create_session()
    guest.connect(session_id)
    whatsapp.fault(pairing=fault)
    with contextlib.suppress(ControlRefused):
        whatsapp.scan(number, guest.wait_for_qr(session_id))
    session = guest.wait_for_state(session_id, "disconnected")
    assert session.reason == "pairing_refused"
    assert session.desired_state == "disconnected"
    guest.connect(session_id)
    whatsapp.scan(number, guest.wait_for_qr(session_id))
    assert guest.wait_for_state(session_id, "connected").reason is None


def test_an_outdated_gateway_links_again_once_it_is_accepted(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    old = gateway.start_connector(GATEWAY_RELEASE="old")
    whatsapp.fault(loginFailure={"reason": "405"})
    session_id = user.create_session()
    user.connect(session_id)
    session = user.wait_for_state(session_id, "disconnected", reason="client_outdated")
    assert session.desired_state == "connected"
    assert session.reason_expires_at is not None
    whatsapp.clear_faults()
    old.stop()
    gateway.start_connector(GATEWAY_RELEASE="new")
    whatsapp.scan(phone(), user.wait_for_qr(session_id))
    assert user.wait_for_state(session_id, "connected").reason is None


def test_disconnecting_while_pairing_ends_it(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    session_id = guest.create_session()
    guest.connect(session_id)
    code = guest.wait_for_qr(session_id)
    guest.disconnect(session_id)
    session = guest.wait_for_state(session_id, "disconnected")
    assert session.qr_code is session.reason is None
    with pytest.raises(ControlRefused):
        whatsapp.scan(phone(), code)


def test_deleting_while_pairing_ends_it(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    session_id = guest.create_session()
    guest.connect(session_id)
    code = guest.wait_for_qr(session_id)
    guest.delete(session_id)
    guest.wait_for_state(session_id, "logged_out")
    with pytest.raises(ControlRefused):
        whatsapp.scan(phone(), code)


def test_whatsapp_out_of_reach_while_pairing(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    whatsapp.fault(refuseSeconds=600)
    session_id = guest.create_session()
    guest.connect(session_id)
    guest.wait_for_state(session_id, "connecting", reason="cannot_reach_whatsapp")
    whatsapp.clear_faults()
    number = phone()
    whatsapp.scan(number, guest.wait_for_qr(session_id))
    assert guest.wait_for_state(session_id, "connected").reason is None


def test_a_killed_pairing_process_is_replaced(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    session_id = user.create_session()
    user.connect(session_id)
    code = user.wait_for_qr(session_id)
    for child in pairing_children(connector.pid):
        child.kill()
    whatsapp.scan(phone(), user.wait_for_qr(session_id, but=code))
    user.wait_for_state(session_id, "connected")


def test_a_device_whose_pairing_nobody_reported_is_adopted(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    session_id, number = user.create_session(), phone()
    user.connect(session_id)
    code = user.wait_for_qr(session_id)
    (worker,) = workers(connector.pid)
    worker.suspend()
    whatsapp.scan(number, code)
    wait_for(lambda: pairing_children(connector.pid), lambda children: not _running(children))
    worker.kill()
    session = user.wait_for_state(session_id, "connected")
    assert session.phone_number == number
    assert session.lid == whatsapp.phone(number)["lid"]
    assert len(whatsapp.phone(number)["devices"]) == 1


def test_pairings_take_turns(gateway: Gateway, user: User) -> None:
    connector = gateway.start_connector(GATEWAY_MAX_PAIRINGS="1")
    first, second = user.create_session(), user.create_session()
    user.connect(first)
    user.wait_for_qr(first)
    user.connect(second)
    user.wait_for_owner(second)
    assert len(pairing_children(connector.pid)) == 1
    user.disconnect(first)
    user.wait_for_qr(second)
    assert len(pairing_children(connector.pid)) == 1


def test_a_process_is_ready_for_the_next_code_and_goes_when_nobody_wants_one(
    gateway: Gateway, user: User, phone: MakePhone
) -> None:
    connector = gateway.start_connector(GATEWAY_SPARE_PAIRING_SECONDS="8")
    user.link(phone())
    [spare] = wait_for(lambda: pairing_children(connector.pid), lambda children: len(children) == 1)
    session_id = user.create_session()
    user.connect(session_id)
    user.wait_for_qr(session_id)
    assert spare in pairing_children(connector.pid), "it shows the code"
    wait_for(lambda: pairing_children(connector.pid), lambda children: len(children) == 2)
    user.disconnect(session_id)
    wait_for(lambda: pairing_children(connector.pid), lambda children: not children)


@pytest.mark.slow
def test_codes_run_out(gateway: Gateway, user: User, whatsapp: WhatsAppControl) -> None:
    """whatsmeow gives the last code of a set 20 s; the server hands out one code a set here."""
    gateway.start_connector(GATEWAY_QR_SETS="2")
    whatsapp.fault(qrRefs=1)
    session_id = user.create_session()
    user.connect(session_id)
    first = user.wait_for_qr(session_id)
    begun = time.monotonic()
    user.wait_for_qr(session_id, but=first, timeout=40)
    assert time.monotonic() - begun > 15
    session = user.wait_for_state(session_id, "disconnected", timeout=40)
    assert session.reason == "qr_timeout"
    assert session.desired_state == "disconnected"
    whatsapp.clear_faults()
    user.connect(session_id)
    user.wait_for_qr(session_id)


def _running(children: list[psutil.Process]) -> list[psutil.Process]:
    return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]


def test_no_code_is_left_to_read_after_linking(guest: User, shared_gateway: Gateway, phone: MakePhone) -> None:
    session_id = guest.link(phone())
    with psycopg.connect(shared_gateway.database.admin) as connection:
        row = connection.execute(
            "SELECT qr_code, pairing_code, qr_expires_at FROM gateway.whatsapp_sessions WHERE id = %s", [session_id]
        ).fetchone()
    assert row == (None, None, None)
