"""How clients begin and end, and what ends with them."""

from __future__ import annotations

import secrets
import socket
import time

import psycopg
import pytest

from connector.whatsapp import devices
from connector.whatsapp.connection import TemporaryBan
from connector.whatsapp.durable_events import InboundMessage
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector_whatsapp.conftest import Link, Linked
from tests.integration.connector_whatsapp.phones import Phone
from tests.integration.connector_whatsapp.runner import Driver, OperationError
from tests.integration.local.waiting import until


@pytest.fixture
def maria(link: Link, driver: Driver, dsn: str) -> Linked:
    """Linked, and running in the driver as client "maria"."""
    maria = link("Maria")
    driver.start("maria", dsn, maria.jid)
    return maria


@pytest.fixture
def bob(whatsapp: WhatsAppControl) -> Phone:
    return Phone(whatsapp, "Bob")


def test_a_send_cut_off_before_its_ack_left_its_secret(
    maria: Linked, bob: Phone, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    secret = secrets.token_bytes(32)
    whatsapp.fault(withholdAcks={"count": 1, "number": maria.phone.number})
    driver.begin("send", client="maria", to=bob.jid, text="Did it leave?", secret=secret.hex())
    arrived = bob.wait_message(lambda message: message["text"] == "Did it leave?")
    driver.kill()
    with psycopg.connect(dsn) as connection:
        assert devices.find_message_id(connection, maria.jid, secret) == arrived["id"]


def test_the_end_of_a_client(maria: Linked, driver: Driver) -> None:
    assert driver.call("threads") == 1
    assert driver.call("stop", client="maria") is True
    assert driver.wait("maria", "end").text == "NoneType"
    assert driver.call("threads") == 0
    assert driver.fails("send", client="maria", to="1@s.whatsapp.net", text="x").kind == "ClientGone"


def test_leaving_in_order_delivers_all_that_was_accepted(
    maria: Linked, bob: Phone, driver: Driver, link: Link, dsn: str
) -> None:
    """The handler lags behind; what waits in Go comes before the client is idle, the rest at the next start."""
    driver.call("slow_down", client="maria", seconds=0.05)
    sent = [bob.send(maria.phone, f"{number}") for number in range(30)]
    driver.received("maria", sent[0])
    driver.call("disconnect", client="maria")
    assert driver.fails("send", client="maria", to=bob.jid, text="x").kind == "NotConnected"
    assert driver.call("wait_idle", client="maria", quiet=0.2) is True
    driver.call("stop", client="maria")
    driver.start("again", dsn, maria.jid)
    received_ids = [e.value.message_id for e in driver.events if isinstance(e.value, InboundMessage)]
    assert received_ids == sent


def test_a_handler_that_fails_gets_its_event_again(maria: Linked, bob: Phone, driver: Driver) -> None:
    driver.call("fail", client="maria", times=2)
    first, second = bob.send(maria.phone, "first"), bob.send(maria.phone, "second")
    driver.received("maria", second)
    assert [e.value.message_id for e in driver.events if isinstance(e.value, InboundMessage)] == [first, second]


@pytest.mark.slow
def test_a_send_that_is_never_confirmed_stays_open(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    """whatsmeow waits 75 s."""
    whatsapp.fault(withholdAcks={"count": 1, "number": maria.phone.number})
    number = driver.begin("send", client="maria", to=bob.jid, text="Anybody?")
    with pytest.raises(OperationError) as caught:
        driver.result(number, timeout=100)
    assert caught.value.kind == "AckTimeout"


def test_logging_out_forgets_the_device_on_both_sides(maria: Linked, driver: Driver, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Saved while whatsmeow deletes the device, the phone's name brings the row back; the connector erases it then.
        until(lambda: push_name(connection, maria.jid) == "Maria")
        driver.call("logout", client="maria")
        assert maria.phone.devices == []
        assert not devices.exists(connection, maria.jid)
    driver.call("stop", client="maria")


def push_name(connection: psycopg.Connection, jid: str) -> str:
    (name,) = connection.execute("SELECT push_name FROM whatsmeow_device WHERE jid = %s", [jid]).fetchone() or ("",)
    return str(name)


def test_a_device_removed_on_the_phone_is_gone_here_too(maria: Linked, driver: Driver, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Saved while whatsmeow deletes the device, the phone's name brings the row back; the connector erases it then.
        until(lambda: push_name(connection, maria.jid) == "Maria")
        maria.phone.unlink()
        driver.wait("maria", "LoggedOut")
        # whatsmeow says so first and deletes then.
        until(lambda: not devices.exists(connection, maria.jid))
    driver.call("stop", client="maria")
    assert driver.fails("start", client="again", dsn=dsn, jid=maria.jid).kind == "DeviceMissing"


def test_a_device_that_the_store_lacks_ends_no_process(driver: Driver, dsn: str) -> None:
    """Go would dereference nil and abort."""
    assert driver.fails("start", client="x", dsn=dsn, jid="4915100000000:9@s.whatsapp.net").kind == "DeviceMissing"
    assert driver.exit_code is None


def test_a_store_out_of_reach_is_said_so(driver: Driver, dsn: str) -> None:
    wrong = dsn.replace("gateway_whatsmeow:", "gateway_whatsmeow:wrong")
    error = driver.fails("start", client="x", dsn=wrong, jid="4915100000000:9@s.whatsapp.net")
    assert error.kind == "StoreUnavailable"


def test_a_first_connection_that_fails_ends_the_client(
    link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    maria = link("Maria")
    whatsapp.fault(refuseSeconds=30)
    driver.call("start", client="maria", dsn=dsn, jid=maria.jid)
    assert driver.wait("maria", "end").text == "CannotReachWhatsApp"
    whatsapp.clear_faults()
    driver.start("again", dsn, maria.jid)


@pytest.mark.slow
def test_a_server_that_accepts_and_stays_silent_holds_up_nobody_else(
    maria: Linked, bob: Phone, link: Link, driver: Driver, dsn: str
) -> None:
    """Go keeps a lock while it dials, until its TLS handshake times out after 10 s."""
    stuck = link("Stuck")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        starting = driver.begin("start", client="stuck", dsn=dsn, jid=stuck.jid, proxy=proxy)
        driver.call("send", client="maria", to=bob.jid, text="While another starts")
        driver.result(starting)
        assert driver.fails("send", client="stuck", to=bob.jid, text="x").kind == "NotConnected"
        assert driver.call("stop", client="stuck", timeout=0.2) is False
        driver.call("send", client="maria", to=bob.jid, text="While another stops")
    assert driver.wait("stuck", "end").text == "NoneType"


@pytest.mark.slow
def test_a_client_stopped_while_it_waits_to_reconnect_stays_away(
    maria: Linked, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    """Its second attempt would come 2 s after the first, which is at once."""
    whatsapp.fault(refuseSeconds=2, drop={"number": maria.phone.number})
    driver.wait("maria", "Disconnected")
    assert driver.call("stop", client="maria") is True
    whatsapp.clear_faults()
    logins = whatsapp.statistics()["logins"]
    time.sleep(3)
    assert whatsapp.statistics()["logins"] == logins


@pytest.mark.parametrize(
    ("failure", "kind"),
    [({"reason": "405"}, "ClientOutdated"), ({"reason": "401"}, "LoggedOut"), ({"reason": "400"}, "ConnectFailure")],
)
def test_a_refused_login(
    failure: dict[str, str], kind: str, link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    maria = link("Maria")
    whatsapp.fault(loginFailure={"number": maria.phone.number, **failure})
    driver.call("start", client="maria", dsn=dsn, jid=maria.jid)
    driver.wait("maria", kind)
    assert driver.call("ended", client="maria") is False


def test_a_ban_says_how_long(link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl) -> None:
    maria = link("Maria")
    ban = {"number": maria.phone.number, "reason": "402", "code": "101", "expire": "3600"}
    whatsapp.fault(loginFailure=ban)
    driver.call("start", client="maria", dsn=dsn, jid=maria.jid)
    value = driver.wait("maria", "TemporaryBan").value
    assert isinstance(value, TemporaryBan)
    assert (value.code, value.expires_in.total_seconds()) == ("send_to_too_many_people", 3600)


@pytest.mark.parametrize("failure", [{"reason": "418"}, {"reason": "402", "code": "199", "expire": "60"}])
def test_an_event_that_neonize_cannot_encode_ends_the_client_and_says_so(
    failure: dict[str, str], link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    maria = link("Maria")
    whatsapp.fault(loginFailure={"number": maria.phone.number, **failure})
    driver.call("start", client="maria", dsn=dsn, jid=maria.jid)
    assert driver.wait("maria", "end").text == "EventUnreadable"


def test_a_second_client_of_a_device_replaces_the_first(maria: Linked, driver: Driver, dsn: str) -> None:
    driver.start("second", dsn, maria.jid)
    driver.wait("maria", "StreamReplaced")
    driver.call("stop", client="maria")
    assert driver.call("ended", client="second") is False


@pytest.mark.slow
def test_clients_start_and_stop_while_others_call(link: Link, driver: Driver, dsn: str) -> None:
    """Without the gate Go ends the process within seconds: concurrent map read and map write."""
    steady, restless = [link(f"Steady {n}") for n in range(2)], [link(f"Restless {n}") for n in range(3)]
    for linked in steady:
        driver.start(linked.jid, dsn, linked.jid)
    hammering = [driver.begin("hammer", client=linked.jid, seconds=3) for linked in steady * 2]
    for round_number in range(10):
        for linked in restless:
            client = f"{linked.jid} {round_number}"
            driver.call("start", client=client, dsn=dsn, jid=linked.jid)
            driver.call("stop", client=client)
    assert all(driver.result(number) > 1000 for number in hammering)
