from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.client import Problem, Session
from gateway.client.following import Wanted
from infra.local.whatsapp.client import ControlRefused
from tests.e2e.world import World, read_qr, until, until_connected


def test_the_picture_of_the_api_links_the_phone(world: World) -> None:
    number = world.phone()
    session = world.session()
    assert session.connect().status == "connecting"
    png = until(lambda: session.status().qr_png)
    shown = session.status()
    assert shown.status == "qr_pending"
    assert shown.qr_expires_at
    world.whatsapp.scan(number, read_qr(png))
    until_connected(session, number)
    connected = session.status()
    assert (connected.phone_number, connected.qr_code, connected.reason) == (number, None, None)
    events = [event for event in session_events(world, session) if event[0] == "session.state"]
    assert [state for _, state in events] == ["connecting", "qr_pending", "connected"]


def test_connecting_again_while_connecting_changes_nothing(world: World) -> None:
    session = world.connecting()
    first = until(lambda: session.status().qr_text)
    with ThreadPoolExecutor(4) as pool:
        assert {str(status.status) for status in pool.map(lambda _: session.connect(), range(4))} == {"qr_pending"}
    assert session.status().qr_text == first
    session.disconnect()
    until(lambda: session.status().status == "disconnected")


def test_linking_by_code(world: World) -> None:
    number = world.phone()
    session = world.session()
    session.connect(phone_number=number)
    code = until(lambda: session.status().pairing_code)
    assert len(code.replace("-", "")) == 8
    world.whatsapp.enter_code(number, code)
    until_connected(session, number)
    assert session.status().pairing_code is None


def test_a_wrong_code_is_refused_by_the_phone_and_the_right_one_still_links(world: World) -> None:
    number = world.phone()
    session = world.session()
    session.connect(phone_number=number)
    until(lambda: session.status().pairing_code)
    with pytest.raises(ControlRefused):
        world.whatsapp.enter_code(number, "AAAA-AAAA")
    assert session.status().status != "connected"
    session.disconnect()
    until(lambda: session.status().status == "disconnected")


@pytest.mark.parametrize("fault", ["wrongHmac", "wrongSignature"])
def test_a_forged_pairing_is_refused_and_said(world: World, fault: str) -> None:
    number = world.phone()
    session = world.connecting()
    world.whatsapp.fault(pairing=fault)
    with pytest.raises(ControlRefused):
        world.scan(session, number)
    until(lambda: session.status().reason == "pairing_refused", timeout=30)
    assert session.status().status == "disconnected"
    assert session.status().reason_detail
    session.connect()
    world.scan(session, number)
    until_connected(session, number)


def test_a_code_can_be_scanned_once(world: World) -> None:
    session = world.connecting()
    qr = read_qr(until(lambda: session.status().qr_png))
    number = world.phone()
    world.whatsapp.scan(number, qr)
    until_connected(session, number)
    with pytest.raises(ControlRefused) as refused:
        world.whatsapp.scan(world.phone(), qr)
    assert refused.value.status in (409, 410)


def test_disconnecting_while_a_code_is_shown(world: World) -> None:
    session = world.connecting()
    qr = until(lambda: session.status().qr_text)
    session.disconnect()
    until(lambda: session.status().status == "disconnected")
    assert session.status().qr_code is None
    with pytest.raises(ControlRefused):
        world.whatsapp.scan(world.phone(), qr)


def test_logging_out_while_a_code_is_shown(world: World) -> None:
    session = world.connecting()
    until(lambda: session.status().qr_text)
    session.logout()
    until(lambda: session.status().status in ("disconnected", "logged_out"))
    session.connect()
    number = world.phone()
    world.scan(session, number)
    until_connected(session, number)


def test_what_is_written_in_the_second_of_the_scan_arrives(world: World) -> None:
    number, contact = world.phone(), world.phone("Tenant")
    session = world.connecting()
    world.scan(session, number)
    texts = [f"written while linking {i} {number}" for i in range(5)]
    for text in texts:
        world.say(contact, number, text)
    until_connected(session, number)
    until(lambda: len(list(session.messages())) >= len(texts))
    assert [message.content for message in session.messages()] == texts[::-1]


def test_deleting_a_session_that_shows_a_code(world: World) -> None:
    session = world.connecting()
    qr = until(lambda: session.status().qr_text)
    session.delete()
    with pytest.raises(Problem) as gone:
        session.status()
    assert gone.value.status == 404

    def refused() -> bool:
        try:
            world.whatsapp.scan(world.phone(), qr)
        except ControlRefused:
            return True
        raise AssertionError("a deleted session was linked")

    until(refused)


@pytest.mark.slow
def test_codes_are_renewed_and_give_up_in_the_end(world: World) -> None:
    """A set of one code lives 20 s; three sets are shown before the session gives up."""
    world.whatsapp.fault(qrRefs=1)
    session = world.connecting()
    seen: set[str] = set()

    def gave_up() -> bool:
        status = session.status()
        seen.update(filter(None, [status.qr_text]))
        return status.status == "disconnected"

    until(gave_up, timeout=110, interval=0.3)
    world.whatsapp.clear_faults()
    assert len(seen) == 3
    assert session.status().reason == "qr_timeout"
    session.connect()
    number = world.phone()
    world.scan(session, number)
    until_connected(session, number)


def session_events(world: World, session: Session) -> list[tuple[str, object]]:
    page = world.client.ask(Wanted(session_id=session.id).page("earliest"))
    return [(str(event.type), getattr(event.data, "status", None)) for event in page.items]
