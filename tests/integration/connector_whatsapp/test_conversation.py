"""What goes through one running client."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import psycopg
import pytest

from connector.whatsapp import devices
from connector.whatsapp.durable_events import Receipt, Undecryptable
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector_whatsapp.conftest import Link, Linked
from tests.integration.connector_whatsapp.phones import Phone
from tests.integration.connector_whatsapp.runner import Driver


@pytest.fixture(scope="module")
def driver(module_driver: Driver) -> Driver:
    return module_driver


@pytest.fixture(scope="module")
def maria(link: Link, driver: Driver, dsn: str) -> Linked:
    """Linked, and running in the driver as client "maria"."""
    maria = link("Maria")
    driver.start("maria", dsn, maria.jid)
    return maria


@pytest.fixture
def bob(whatsapp: WhatsAppControl) -> Phone:
    return Phone(whatsapp, "Bob")


@pytest.mark.parametrize(
    "text",
    ["Hello", "Grüße 🌍👩‍👩‍👧", "שלום עולם", "two\nlines", "x" * 4000, "@49151234 https://a.b *c*"],
    ids=["plain", "emoji", "right-to-left", "lines", "long", "marks"],
)
def test_text_goes_both_ways(text: str, maria: Linked, bob: Phone, driver: Driver) -> None:
    sent = driver.call("send", client="maria", to=bob.jid, text=text)
    assert bob.wait_message(lambda message: message["id"] == sent)["text"] == text
    received = driver.received("maria", bob.send(maria.phone, text))
    assert (received.content.message_type, received.content.text, received.push_name) == ("text", text, "Bob")
    assert (received.chat.lid, received.chat.phone_number) == (bob.lid, bob.number)
    assert received.sender == received.chat
    assert not received.is_from_me and received.chat.kind == "user"


def test_receipts_tell_of_delivery_and_reading(maria: Linked, bob: Phone, driver: Driver) -> None:
    sent = driver.call("send", client="maria", to=bob.jid, text="Read me")
    for kind in ("delivered", "read"):
        value = driver.wait("maria", "Receipt", partial(_is_receipt, kind, sent)).value
        assert isinstance(value, Receipt)
        assert value.chat.lid == value.sender.lid == bob.lid
        bob.read(sent)


def _is_receipt(kind: str, message_id: str, received: Receipt) -> bool:
    return (received.kind, received.message_ids) == (kind, (message_id,))


def test_what_was_read_here_is_read_there(maria: Linked, bob: Phone, driver: Driver) -> None:
    received = driver.received("maria", sent := bob.send(maria.phone, "Seen?"))
    driver.call("mark_read", client="maria", ids=[sent], chat=received.chat.jid, sender=received.sender.jid)
    bob.wait_status(sent, "read")


def test_what_is_typed_on_the_phone_comes_as_its_own(maria: Linked, bob: Phone, driver: Driver) -> None:
    received = driver.received("maria", maria.phone.send(bob, "From the phone"))
    assert received.is_from_me
    assert (received.chat.lid, received.chat.phone_number) == (bob.lid, bob.number)
    assert received.sender.lid == maria.phone.lid


def test_other_kinds_of_messages(maria: Linked, bob: Phone, driver: Driver) -> None:
    to = maria.phone.number
    text = bob.send(maria.phone, "Frist")
    expected: list[tuple[dict[str, Any], str, str | None, str | None]] = [
        ({"kind": "image", "to": to, "caption": "Look"}, "image", "Look", None),
        ({"kind": "location", "to": to, "latitude": 52.5, "longitude": 13.4, "name": "Here"}, "location", None, None),
        ({"kind": "reaction", "messageId": text, "emoji": "👍"}, "reaction", "👍", text),
        ({"kind": "edit", "messageId": text, "text": "First"}, "edit", "First", text),
        ({"kind": "delete", "messageId": text}, "delete", None, text),
    ]
    contents = {}
    for message, kind, said, target in expected:
        content = driver.received("maria", bob.compose(**message)).content
        assert (content.message_type, content.text, content.target_message_id) == (kind, said, target)
        contents[kind] = content
    assert (contents["image"].media or {}).keys() >= {
        "directPath",
        "mediaKey",
        "fileSha256",
        "fileEncSha256",
        "mimetype",
    }
    assert contents["location"].location == {"latitude": 52.5, "longitude": 13.4, "name": "Here"}


def test_the_store_knows_what_left_and_what_came(maria: Linked, bob: Phone, driver: Driver, dsn: str) -> None:
    secret = secrets.token_bytes(32)
    with psycopg.connect(dsn, autocommit=True) as connection:
        since = devices.watermark(connection)
        came = bob.send(maria.phone, "In")
        driver.received("maria", came)
        left = driver.call("send", client="maria", to=bob.jid, text="Out", secret=secret.hex())
        assert devices.find_message_id(connection, maria.jid, secret) == left
        assert devices.number_answered(connection, bob.lid) == bob.number
        rows = {row.message_id: row.is_from_me for row in devices.secrets_since(connection, maria.jid, since)}
    assert rows == {came: False, left: True}


def test_who_has_whatsapp(maria: Linked, bob: Phone, driver: Driver) -> None:
    assert driver.call("look_up", client="maria", number=bob.number) == [True, bob.lid, None]
    assert driver.call("look_up", client="maria", number="+4915799999999") == [False, None, None]


@pytest.mark.parametrize("named", ["both", "lid", "number"])
def test_a_look_up_by_another_number_is_answered(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl, dsn: str, named: str
) -> None:
    alias = f"+1{bob.number[1:]}"
    whatsapp.change_phone(bob.number, aliases=[alias], named=named)
    found = driver.call("look_up", client="maria", number=alias)
    assert found == ([True, None, bob.number] if named == "number" else [True, bob.lid, None])
    with psycopg.connect(dsn) as connection:
        assert devices.number_answered(connection, bob.lid) == (bob.number if named == "both" else None)


@pytest.mark.parametrize("by", ["lid", "jid"])
def test_a_text_goes_to_the_lid(maria: Linked, bob: Phone, driver: Driver, by: str) -> None:
    assert driver.call("send_to", client="maria", to=getattr(bob, by), text=f"by {by}") == bob.lid
    bob.wait_message(lambda message: message["text"] == f"by {by}")


def test_a_number_for_which_no_lid_is_named_cannot_be_sent_to(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    whatsapp.change_phone(bob.number, named="none")
    assert driver.fails("send", client="maria", to=bob.jid, text="x").kind == "NoWhatsAppAddress"


def test_what_comes_by_a_broadcast_list_is_in_its_senders_chat(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    received = driver.received("maria", whatsapp.broadcast(bob.number, [maria.phone.number], "to many"))
    assert received.chat == received.sender
    assert (received.chat.lid, received.chat.phone_number) == (bob.lid, bob.number)
    assert received.list_jid is not None and received.list_jid.endswith("@broadcast")


def test_a_number_without_whatsapp_cannot_be_sent_to(maria: Linked, driver: Driver) -> None:
    error = driver.fails("send", client="maria", to="4915799999999@s.whatsapp.net", text="x")
    assert error.kind == "NoWhatsAppAddress"
    assert "4915799999999" not in error.text


def test_typing_is_shown(maria: Linked, bob: Phone, driver: Driver) -> None:
    driver.call("typing", client="maria", chat=bob.lid, state="recording")
    driver.call("typing", client="maria", chat=bob.lid, state="paused")


def test_what_cannot_be_read_is_told_and_asked_for_again(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    whatsapp.fault(corrupt={"count": 1, "number": maria.phone.number})
    sent = bob.send(maria.phone, "Can you read this?")
    unreadable = driver.wait("maria", "UndecryptableMessage", lambda received: received.message_id == sent).value
    assert isinstance(unreadable, Undecryptable)
    assert unreadable.chat.lid == bob.lid
    assert driver.received("maria", sent).content.text == "Can you read this?"


def test_a_lost_connection_comes_back_with_what_was_missed(
    maria: Linked, bob: Phone, driver: Driver, whatsapp: WhatsAppControl
) -> None:
    since = len(driver.events)
    whatsapp.fault(drop={"number": maria.phone.number})
    driver.wait("maria", "Disconnected", since=since)
    driver.wait("maria", "Connected", since=since)
    driver.received("maria", bob.send(maria.phone, "Still there?"))
