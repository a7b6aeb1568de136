"""Logout, removal on the phone, deletion: with WhatsApp in reach and without."""

from __future__ import annotations

import psycopg
import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway


def devices_in_store(gateway: Gateway) -> list[str]:
    with psycopg.connect(gateway.database.whatsmeow) as connection:
        return [row[0] for row in connection.execute("SELECT jid FROM whatsmeow_device")]


def test_logout_unlinks_everywhere(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    device = guest.session(session_id).device_jid
    guest.logout(session_id)
    session = guest.wait_for_state(session_id, "logged_out")
    assert session.reason == "logged_out"
    assert session.device_jid is None
    assert session.phone_number == number
    assert whatsapp.phone(number)["devices"] == []
    assert device not in devices_in_store(shared_gateway)


def test_logout_and_connect_at_once_gives_a_new_code(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    session_id = guest.link(phone())
    guest.logout(session_id)
    guest.connect(session_id)
    another = phone()
    whatsapp.scan(another, guest.wait_for_qr(session_id))
    assert guest.wait_for_state(session_id, "connected").phone_number == another


def test_logout_of_a_disconnected_session_tells_whatsapp(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    guest.logout(session_id)
    assert guest.wait_for_state(session_id, "logged_out").reason == "logged_out"
    assert whatsapp.phone(number)["devices"] == []


@pytest.mark.slow
def test_logout_without_whatsapp_erases_here_and_says_so(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    device = guest.session(session_id).device_jid
    whatsapp.fault(refuseSeconds=600, drop={"number": number})
    guest.wait_for_state(session_id, "connecting")
    guest.logout(session_id)
    assert guest.wait_for_state(session_id, "logged_out").reason == "logged_out_locally"
    assert device not in devices_in_store(shared_gateway)


@pytest.mark.slow
def test_logout_ends_what_was_queued(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number, tenant = phone(), phone()
    session_id = guest.link(number)
    whatsapp.fault(refuseSeconds=600, drop={"number": number})
    guest.wait_for_state(session_id, "connecting")
    queued = guest.send(session_id, tenant, "never sent")
    guest.logout(session_id)
    guest.wait_for_state(session_id, "logged_out")
    message = guest.message(session_id, queued)
    assert (message.status, message.error) == ("failed", "logged_out")


def test_what_was_queued_for_one_number_never_leaves_through_another(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    first, second, tenant = phone(), phone(), phone()
    session_id = guest.link(first)
    whatsapp.fault(refuseSeconds=600, drop={"number": first})
    guest.wait_for_state(session_id, "connecting")
    queued = guest.send(session_id, tenant, "from the first number")
    guest.logout(session_id)
    guest.connect(session_id)
    guest.wait_for_status(session_id, queued, "failed")
    whatsapp.clear_faults()
    whatsapp.scan(second, guest.wait_for_qr(session_id, timeout=20))
    guest.wait_for_state(session_id, "connected")
    sent = guest.send(session_id, tenant, "from the second number")
    guest.wait_for_status(session_id, sent, "sent", "delivered")
    whatsapp.wait_for_text(tenant, "from the second number")
    assert [message["text"] for message in whatsapp.messages(tenant)] == ["from the second number"]


def test_removal_on_the_phone(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    device = guest.session(session_id).device_jid
    whatsapp.unlink(number)
    session = guest.wait_for_state(session_id, "logged_out")
    assert session.reason == "logged_out_on_phone"
    assert session.device_jid is None
    assert session.desired_state == "disconnected"
    assert device not in devices_in_store(shared_gateway)
    guest.connect(session_id)
    whatsapp.scan(number, guest.wait_for_qr(session_id))
    guest.wait_for_state(session_id, "connected")


def test_removal_on_the_phone_while_disconnected(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    whatsapp.unlink(number)
    guest.connect(session_id)
    assert guest.wait_for_state(session_id, "logged_out").reason == "logged_out_on_phone"


def test_credentials_that_are_gone_end_the_session(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    session_id = guest.link(phone())
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    with psycopg.connect(shared_gateway.database.whatsmeow) as connection:
        connection.execute("DELETE FROM whatsmeow_device WHERE jid = %s", [guest.session(session_id).device_jid])
    guest.connect(session_id)
    guest.wait_for_state(session_id, "logged_out")
    guest.connect(session_id)
    guest.wait_for_qr(session_id)


def test_deletion_unlinks(guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    guest.delete(session_id)
    wait_for(lambda: whatsapp.phone(number)["devices"], lambda devices: devices == [])
    session = guest.wait_for_state(session_id, "logged_out")
    assert session.device_jid is None
    assert not session.is_active


def test_deletion_while_offline_unlinks(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    number = phone()
    session_id = guest.link(number)
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    guest.delete(session_id)
    wait_for(lambda: whatsapp.phone(number)["devices"], lambda devices: devices == [])
    wait_for(lambda: guest.session(session_id).device_jid, lambda device: device is None)


@pytest.mark.slow
def test_deletion_without_whatsapp_erases_here(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    number = phone()
    session_id = guest.link(number)
    device = guest.session(session_id).device_jid
    whatsapp.fault(refuseSeconds=600, drop={"number": number})
    guest.wait_for_state(session_id, "connecting")
    guest.delete(session_id)
    assert guest.wait_for_state(session_id, "logged_out").reason == "logged_out_locally"
    assert device not in devices_in_store(shared_gateway)
