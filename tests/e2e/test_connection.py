from __future__ import annotations

import pytest

from tests.e2e.world import Linked, World, until, until_connected, until_that


@pytest.fixture
def linked(world: World) -> Linked:
    return world.link()


def test_a_lost_connection_comes_back_without_a_new_code(world: World, linked: Linked) -> None:
    tenant = world.phone("Tenant")
    world.whatsapp.fault(refuseSeconds=2)
    world.whatsapp.fault(drop={"number": linked.number})
    lost = until_that(linked.session.status, lambda status: status.status == "connecting")
    assert lost.reason == "connection_lost"
    assert lost.qr_code is None
    texts = [f"written while it was away {number}" for number in range(3)]
    for text in texts:
        world.say(tenant, linked.number, text)
    until_connected(linked.session, linked.number)
    until(lambda: linked.message(texts[-1]))
    assert [m.content for m in linked.session.messages(chat=tenant)] == texts[::-1]


@pytest.mark.slow
def test_a_send_waits_for_the_connection_and_goes_once(world: World, linked: Linked) -> None:
    tenant = world.phone("Tenant")
    world.whatsapp.fault(refuseSeconds=3)
    world.whatsapp.fault(drop={"number": linked.number})
    until(lambda: linked.state() == "connecting")
    sent = linked.session.send(tenant, world.text("sent while it was away"), wait=False)
    assert sent.status == "queued"
    until(lambda: linked.session.message(sent.id).status in ("sent", "delivered"), timeout=30)
    assert [m["text"] for m in world.whatsapp.messages(tenant)] == ["sent while it was away"]


def test_unlinked_on_the_phone(world: World, linked: Linked) -> None:
    world.whatsapp.unlink(linked.number)
    status = until_that(linked.session.status, lambda s: s.status == "logged_out")
    assert status.reason == "logged_out_on_phone"
    assert status.reason_detail
    linked.session.connect()
    world.scan(linked.session, linked.number)
    until_connected(linked.session, linked.number)


def test_disconnecting_keeps_the_link(world: World, linked: Linked) -> None:
    tenant = world.phone("Tenant")
    linked.session.disconnect()
    until(lambda: linked.state() == "disconnected")
    world.say(tenant, linked.number, "while it was disconnected")
    linked.session.connect()
    until_connected(linked.session, linked.number)
    until(lambda: linked.message("while it was disconnected"))


def test_logging_out_forgets_the_link(world: World, linked: Linked) -> None:
    linked.session.logout()
    until(lambda: linked.state() == "logged_out")
    assert world.whatsapp.phone(linked.number)["devices"] == []
    linked.session.connect()
    other = world.phone()
    world.scan(linked.session, other)
    until_connected(linked.session, other)


def test_logging_out_and_connecting_at_once_gives_a_new_code(world: World, linked: Linked) -> None:
    linked.session.logout()
    linked.session.connect()
    other = world.phone()
    world.scan(linked.session, other)
    until_connected(linked.session, other)
    assert world.whatsapp.phone(linked.number)["devices"] == []


@pytest.mark.slow
def test_nothing_queued_for_an_old_number_leaves_through_a_new_one(world: World, linked: Linked) -> None:
    tenant = world.phone("Tenant")
    world.whatsapp.fault(refuseSeconds=4)
    world.whatsapp.fault(drop={"number": linked.number})
    until(lambda: linked.state() == "connecting")
    queued = [linked.session.send(tenant, world.text(f"for the old number {n}"), wait=False) for n in range(3)]
    linked.session.logout()
    linked.session.connect()
    other = world.phone()
    until(lambda: linked.session.status().qr_png, timeout=40)
    world.scan(linked.session, other)
    until_connected(linked.session, other)
    linked.session.send(tenant, world.text("from the new number"))
    world.whatsapp.wait_for_text(tenant, "from the new number")
    assert [m["text"] for m in world.whatsapp.messages(tenant)] == ["from the new number"]
    assert {linked.session.message(each.id).status for each in queued} == {"failed"}
    assert {linked.session.message(each.id).error for each in queued} == {"logged_out"}


def test_deleting_a_linked_session_unlinks_the_phone(world: World, linked: Linked) -> None:
    linked.session.delete()
    until(lambda: world.whatsapp.phone(linked.number)["devices"] == [])


def test_deleting_a_disconnected_session_unlinks_the_phone(world: World, linked: Linked) -> None:
    linked.session.disconnect()
    until(lambda: linked.state() == "disconnected")
    linked.session.delete()
    until(lambda: world.whatsapp.phone(linked.number)["devices"] == [])


@pytest.mark.parametrize(
    ("failure", "state", "reason"),
    [
        ({"reason": 402, "code": 104, "expire": 3600}, "disconnected", "temporary_ban"),
        ({"reason": 405}, "disconnected", "client_outdated"),
        ({"reason": 401}, "logged_out", "logged_out_on_phone"),
    ],
)
def test_a_refused_login_says_why(
    world: World, linked: Linked, failure: dict[str, int], state: str, reason: str
) -> None:
    faults = {key: str(value) for key, value in failure.items()}
    world.whatsapp.fault(loginFailure={"number": linked.number, **faults})
    world.whatsapp.fault(drop={"number": linked.number})
    status = until_that(linked.session.status, lambda s: s.reason == reason)
    assert status.status == state
    assert status.reason_detail
    assert (status.retry_at is not None) == (state == "disconnected")
    world.whatsapp.clear_faults()


def test_a_stream_error_is_followed_by_a_reconnect(world: World, linked: Linked) -> None:
    world.whatsapp.fault(streamError={"number": linked.number, "code": "503"})
    tenant = world.phone("Tenant")
    world.say(tenant, linked.number, "after the stream error")
    until(lambda: linked.message("after the stream error"))
    until_connected(linked.session, linked.number)


def test_another_client_on_the_same_device_is_told_and_not_fought(world: World, linked: Linked) -> None:
    world.whatsapp.fault(streamError={"number": linked.number, "conflict": "replaced"})
    until(lambda: linked.session.status().reason == "stream_replaced")
    assert linked.state() == "connecting"


@pytest.mark.slow
def test_a_silent_server_is_a_lost_connection(world: World, linked: Linked) -> None:
    """whatsmeow notices after 38 s; the promise is 45 s."""
    tenant = world.phone("Tenant")
    world.whatsapp.fault(silent={"number": linked.number})
    until(lambda: linked.state() != "connected", timeout=45, interval=0.5)
    world.whatsapp.clear_faults()
    until_connected(linked.session, linked.number, timeout=60)
    world.say(tenant, linked.number, "after the silence")
    until(lambda: linked.message("after the silence"))


@pytest.mark.slow
def test_a_withheld_ack_leaves_the_send_unknown_until_a_receipt(world: World, linked: Linked) -> None:
    """whatsmeow waits 75 s for the ack."""
    tenant = world.phone("Tenant")
    world.whatsapp.change_phone(tenant, autoReceipts=False)
    world.whatsapp.fault(withholdAcks={"count": 1, "number": linked.number})
    sent = linked.session.send(tenant, world.text("was it sent or not"), wait=False)
    message = until_that(lambda: linked.session.message(sent.id), lambda m: m.status == "unknown", timeout=100)
    assert message.message_id
    assert world.whatsapp.wait_for_text(tenant, "was it sent or not")["id"] == message.message_id
    world.whatsapp.read(tenant, message.message_id)
    until(lambda: linked.session.message(sent.id).status == "read")
