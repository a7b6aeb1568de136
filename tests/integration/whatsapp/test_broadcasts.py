"""What is written to many at once: status posts, broadcast lists, newsletters."""

from __future__ import annotations

import time

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.whatsapp.conftest import Linked, NewNumber

_NEWSLETTER = "120363000000000001@newsletter"


def test_a_status_post_reaches_the_client(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    for text in ("at the beach", "home again"):
        sent = control.send(contact, "status", text)
        got = linked.process.wait("Message", linked.name, id=sent, text=text)
        assert (got["chat"], got["sender"]) == ("status@broadcast", control.phone(contact)["lid"])
        seen = control.message(linked.number, sent)
        assert seen
        assert (seen["from"], seen["chat"]) == (contact, "status@broadcast")


def test_a_status_post_can_be_for_some_only(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    author, chosen, other = new_number(), new_number(), new_number()
    control.send_kind(author, to="status", recipients=[chosen], text="for one")
    assert [message["text"] for message in control.messages(chosen)] == ["for one"]
    assert control.messages(other) == []


def test_the_own_phones_status_post_is_copied_to_the_client(control: WhatsAppControl, linked: Linked) -> None:
    sent = control.send(linked.number, "status", "closed on Monday")
    got = linked.process.wait("Message", linked.name, id=sent, text="closed on Monday")
    assert (got["chat"], got["fromMe"]) == ("status@broadcast", True)


def test_a_broadcast_list_is_the_same_for_the_same_recipients(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, other = new_number(), new_number()
    chats = set()
    for text in ("rent is due", "thank you"):
        sent = control.broadcast(contact, [linked.number, other], text)
        got = linked.process.wait("Message", linked.name, id=sent, text=text)
        assert got["sender"] == control.phone(contact)["lid"]
        chats.add(got["chat"])
        control.wait_for_status(contact, sent, "delivered")
    (chat,) = chats
    assert chat.endswith("@broadcast")
    assert {message["chat"] for message in control.messages(other)} == chats


@pytest.mark.parametrize("kind", ["text", "image"])
def test_what_a_newsletter_publishes_reaches_the_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, kind: str
) -> None:
    contact = new_number()
    said = {"text": "news"} if kind == "text" else {"caption": "a picture"}
    sent = control.send_kind(contact, to=_NEWSLETTER, kind=kind, **said)
    got = linked.process.wait("Message", linked.name, id=sent, text=next(iter(said.values())))
    assert (got["chat"], got["sender"], got["fromMe"]) == (_NEWSLETTER, _NEWSLETTER, False)
    seen = control.message(linked.number, sent)
    assert seen
    assert (seen["from"], seen["to"], seen["chat"]) == (_NEWSLETTER, linked.number, _NEWSLETTER)


def test_the_client_confirms_what_came_from_many(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    group = control.create_group(contact, "House 9", [linked.number])
    for to in (group, "status", _NEWSLETTER):
        linked.process.wait("Message", linked.name, id=control.send(contact, to, "once"), text="once")
    end = time.monotonic() + 10
    while control.phone(linked.number)["devices"][0]["unconfirmed"]:
        assert time.monotonic() < end
