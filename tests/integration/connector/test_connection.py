"""What can happen to a connection, and what the session says of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def states_since(user: User, session_id: UUID, count: int) -> list[tuple[str, str | None]]:
    changes = user.events(session_id, "session.state")[count:]
    return [(change.data["status"], change.data.get("reason")) for change in changes]


def test_a_dropped_connection_comes_back(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    count = len(guest.events(session_id, "session.state"))
    whatsapp.fault(drop={"number": number})
    expected = [("connecting", "connection_lost"), ("connected", None)]
    wait_for(lambda: states_since(guest, session_id, count), lambda states: states == expected)
    whatsapp.send(tenant, number, "after the drop")
    guest.wait_for_texts(session_id, "after the drop")


def test_what_neonize_cannot_read_costs_a_reconnect_and_no_message(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """neonize ends such a client while Go stays logged in, and acknowledges messages that nobody sees."""
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    count = len(guest.events(session_id, "session.state"))
    whatsapp.fault(receipt={"number": number, "type": "server-error"})
    expected = [("connecting", "connection_lost"), ("connected", None)]
    wait_for(lambda: states_since(guest, session_id, count), lambda states: states == expected)
    whatsapp.send(tenant, number, "after it")
    guest.wait_for_texts(session_id, "after it")


@pytest.mark.slow
def test_whatsapp_refusing_for_a_while(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    whatsapp.fault(refuseSeconds=600, drop={"number": number})
    guest.wait_for_state(session_id, "connecting", reason="connection_lost")
    queued = guest.send(session_id, tenant, "written meanwhile")
    whatsapp.send(tenant, number, "received meanwhile")
    guest.wait_for_state(session_id, "connecting", reason="cannot_reach_whatsapp", timeout=20)
    whatsapp.clear_faults()
    guest.wait_for_state(session_id, "connected", timeout=20)
    guest.wait_for_status(session_id, queued, "sent", "delivered", timeout=20)
    guest.wait_for_texts(session_id, "received meanwhile")
    assert [message["text"] for message in whatsapp.messages(tenant) if not message["fromMe"]] == ["written meanwhile"]


@pytest.mark.slow
def test_while_whatsapp_is_away_one_session_of_a_worker_tries_for_all(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """By itself each would try at least every five seconds: whatsmeow at fixed times, or after a pause of its own."""
    gateway.start_connector()
    sessions = [user.link(phone()) for _ in range(8)]
    whatsapp.fault(refuseSeconds=600, drop=True)
    wait_for(lambda: [user.session(id).reason for id in sessions], lambda found: "cannot_reach_whatsapp" in found)
    refused = whatsapp.statistics()["refused"]
    time.sleep(10)
    assert 1 <= whatsapp.statistics()["refused"] - refused < len(sessions)
    whatsapp.clear_faults()
    for session_id in sessions:
        user.wait_for_state(session_id, "connected", timeout=60)


def test_disconnect_and_connect_keep_the_link(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    guest.disconnect(session_id)
    session = guest.wait_for_state(session_id, "disconnected")
    assert session.reason is None
    assert session.device_jid is not None
    assert not any(device["connected"] for device in whatsapp.phone(number)["devices"])
    for text in ("one", "two", "three"):
        whatsapp.send(tenant, number, text)
    guest.connect(session_id)
    guest.wait_for_state(session_id, "connected")
    guest.wait_for_texts(session_id, "one", "two", "three")
    assert guest.received(session_id) == ["one", "two", "three"]


def test_disconnecting_while_whatsapp_cannot_be_reached(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    whatsapp.fault(refuseSeconds=600, drop={"number": number})
    guest.wait_for_state(session_id, "connecting")
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    whatsapp.clear_faults()
    guest.connect(session_id)
    guest.wait_for_state(session_id, "connected")


@pytest.mark.parametrize(
    ("failure", "reason", "pause"),
    [
        ({"reason": "402", "code": "101", "expire": "3600"}, "temporary_ban", 3600),
        ({"reason": "402", "code": "199", "expire": "3600"}, "temporary_ban", 150),
        ({"reason": "405"}, "client_outdated", 150),
        ({"reason": "400"}, "connect_failure", 150),
        ({"reason": "418"}, "connect_failure", 150),
    ],
)
def test_a_refused_login_waits_long_and_keeps_the_wish(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, failure: dict[str, str], reason: str, pause: float
) -> None:
    number = phone()
    session_id = guest.link(number)
    whatsapp.fault(loginFailure={"number": number, **failure}, drop={"number": number})
    session = guest.wait_for_state(session_id, "disconnected")
    assert (session.reason, session.desired_state) == (reason, "connected")
    assert session.reason_expires_at is not None
    left = (session.reason_expires_at - datetime.now(UTC)).total_seconds()
    assert pause - 20 < left < pause + 160
    if failure["reason"] == "400":
        assert "400" in (session.sentence or "")
    whatsapp.clear_faults()
    guest.connect(session_id)
    assert guest.wait_for_state(session_id, "connected").refusals == 0


def test_who_disconnects_is_promised_no_other_try(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    whatsapp.fault(loginFailure={"number": number, "reason": "405"}, drop={"number": number})
    guest.wait_for_state(session_id, "disconnected", reason="client_outdated")
    guest.disconnect(session_id)
    wait_for(lambda: guest.session(session_id), lambda session: session.reason is None)
    assert guest.session(session_id).desired_state == "disconnected"


@pytest.mark.parametrize("code", ["401", "403"])
def test_a_login_that_only_the_user_can_mend(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, code: str
) -> None:
    number = phone()
    session_id = guest.link(number)
    whatsapp.fault(loginFailure={"number": number, "reason": code}, drop={"number": number})
    session = guest.wait_for_state(session_id, "logged_out", reason="logged_out_on_phone")
    assert session.desired_state == "disconnected"
    assert session.device_jid is None


@pytest.mark.parametrize("code", ["503", pytest.param("500", marks=pytest.mark.slow)])
def test_a_stream_error_is_a_lost_connection(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, code: str
) -> None:
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    whatsapp.fault(streamError={"number": number, "code": code})
    wait_for(lambda: guest.events(session_id, "session.state"), lambda events: len(events) >= 5)
    guest.wait_for_state(session_id, "connected")
    whatsapp.send(tenant, number, "still there")
    guest.wait_for_texts(session_id, "still there")


def test_replaced_once_it_comes_back(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    whatsapp.fault(streamError={"number": number, "conflict": "replaced"})
    guest.wait_for_state(session_id, "connecting", reason="stream_replaced")
    guest.wait_for_state(session_id, "connected")


@pytest.mark.slow
def test_replaced_again_and_again_it_stops(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    for _ in range(2):
        whatsapp.fault(streamError={"number": number, "conflict": "replaced"})
        guest.wait_for_state(session_id, "connecting", reason="stream_replaced")
        guest.wait_for_state(session_id, "connected")
    whatsapp.fault(streamError={"number": number, "conflict": "replaced"})
    session = guest.wait_for_state(session_id, "disconnected")
    assert session.reason == "stream_replaced"
    assert session.desired_state == "disconnected"
    guest.connect(session_id)
    guest.wait_for_state(session_id, "connected")


@pytest.mark.slow
def test_a_silent_server_is_noticed(gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    gateway.start_connector()
    number = phone()
    session_id = user.link(number)
    whatsapp.fault(silent={"number": number})
    user.wait_for_state(session_id, "connecting", reason="connection_lost", timeout=45)
    whatsapp.clear_faults()
    user.wait_for_state(session_id, "connected")


@pytest.mark.slow
def test_twenty_sessions_talk_without_crossing(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector(GATEWAY_WORKERS="2", GATEWAY_MAX_PAIRINGS_PER_USER="10")
    numbers = [phone() for _ in range(20)]
    sessions = [user.create_session(number) for number in numbers]
    for session_id in sessions:
        user.connect(session_id)
    for number, session_id in zip(numbers, sessions, strict=True):
        whatsapp.scan(number, user.wait_for_qr(session_id, timeout=60))
    for session_id in sessions:
        user.wait_for_state(session_id, "connected", timeout=30)
    for index, session_id in enumerate(sessions):
        user.send(session_id, numbers[index ^ 1], f"from {index}")
    for index, session_id in enumerate(sessions):
        assert user.wait_for_texts(session_id, f"from {index ^ 1}", timeout=30) == [f"from {index ^ 1}"]
