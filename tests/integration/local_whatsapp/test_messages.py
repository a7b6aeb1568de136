from __future__ import annotations

from typing import Any

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local.waiting import until
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.harness import be_available, link

_TEXTS = ["plain", "emoji 👩‍👩‍👧‍👦🏳️‍🌈", "שלום עולם مرحبا", "line\n\nbreaks\r\n", "x" * 4000]


@pytest.mark.parametrize("text", _TEXTS)
def test_texts_go_both_ways_unchanged(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, text: str
) -> None:
    contact = new_number()
    control.send(contact, linked.number, text)
    got = linked.process.wait("Message", linked.name, text=text, alternative=f"{contact[1:]}@s.whatsapp.net")
    assert got["chat"].endswith("@lid")
    assert got["secret"] == 32
    linked.process.call(linked.name, "send", to=got["chat"], text=text)
    assert control.wait_for_text(contact, text)["fromMe"] is True
    control.wait_for_message(contact, lambda message: message["text"] == text and not message["fromMe"])


def test_receipts_tell_sent_delivered_and_read(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    control.change_phone(contact, autoReceipts=False)
    sent = linked.process.call(linked.name, "send", to=contact, text="ticks")["id"]
    control.wait_for_text(contact, "ticks")
    control.wait_for_status(linked.number, sent, "sent")
    assert not [event for event in linked.process.events(linked.name) if sent in event.get("ids", ())]
    control.read(contact, sent)
    assert linked.process.wait("Receipt", linked.name, ids=[sent])["type"] == 4
    control.wait_for_status(linked.number, sent, "read")


def test_the_client_reads_what_the_contact_wrote(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    control.change_phone(linked.number, autoReceipts=False)
    sent = control.send(contact, linked.number, "have you read this")
    got = linked.process.wait("Message", linked.name, id=sent)
    control.wait_for_status(contact, sent, "delivered")
    linked.process.call(linked.name, "read", id=sent, chat=got["chat"])
    control.wait_for_status(contact, sent, "read")
    control.change_phone(linked.number, autoReceipts=True)


def test_reading_on_the_own_phone_reaches_the_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    sent = control.send(contact, linked.number, "read me there")
    linked.process.wait("Message", linked.name, id=sent)
    control.read(linked.number, sent)
    assert linked.process.wait("Receipt", linked.name, ids=[sent])["type"] == 4
    control.wait_for_status(contact, sent, "read")


def test_what_one_client_has_read_the_phone_and_the_other_client_know(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    number, contact = new_number(), new_number()
    for client in ("reads", "watches"):
        link(linked.process, control, client, number)
    sent = control.send(contact, number, "for all of you")
    chat = linked.process.wait("Message", "reads", id=sent)["chat"]
    linked.process.wait("Message", "watches", id=sent)
    linked.process.call("reads", "read", id=sent, chat=chat)
    told = linked.process.wait("Receipt", "watches", ids=[sent], type=4)
    assert (told["chat"], told["fromMe"]) == (chat, True)
    for phone in (number, contact):
        control.wait_for_status(phone, sent, "read")


def test_what_is_typed_on_the_own_phone_is_copied_to_the_client(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    sent = control.send(linked.number, contact, "typed on the phone")
    copy = linked.process.wait("Message", linked.name, id=sent)
    assert copy["fromMe"] is True
    assert copy["chat"] == control.phone(contact)["lid"]
    control.wait_for_text(contact, "typed on the phone")


def test_two_clients_of_one_number_both_see_everything(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    number, contact = new_number(), new_number()
    linked.process.call(linked.name, "send", to=number, text="before")
    link(linked.process, control, "first", number)
    link(linked.process, control, "second", number)
    linked.process.call("first", "send", to=contact, text="from the first")
    assert linked.process.wait("Message", "second", text="from the first")["fromMe"] is True
    control.wait_for_text(number, "from the first")
    linked.process.call(linked.name, "send", to=number, text="to both")
    for client in ("first", "second"):
        linked.process.wait("Message", client, text="to both")
    be_available(linked.process, control, "first", number)
    linked.process.call(linked.name, "typing", to=number)
    linked.process.wait("ChatPresence", "first")


def test_an_image_of_the_client_reaches_the_phone(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    assert linked.process.call(linked.name, "image", to=contact, caption="a pixel")["event"] == "result"
    assert control.wait_for_text(contact, "a pixel")["kind"] == "image"


def test_a_location_keeps_its_place(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    control.send_kind(contact, to=linked.number, kind="location", latitude=52.52, longitude=13.4, name="Berlin")
    got = linked.process.wait("Message", linked.name, text="Berlin")
    assert "locationMessage" in got["kinds"]


def test_reactions_edits_and_deletions_name_their_message(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    sent = control.send(contact, linked.number, "frist")
    linked.process.wait("Message", linked.name, id=sent)
    control.send_kind(linked.number, kind="reaction", messageId=sent, emoji="👍")
    assert linked.process.wait("Message", linked.name, text="👍")["about"] == sent
    control.send_kind(contact, kind="edit", messageId=sent, text="first")
    edited = linked.process.wait("Message", linked.name, text="first")
    assert (edited["about"], edited["edited"]) == (sent, True)
    control.send_kind(contact, kind="delete", messageId=sent)
    assert linked.process.wait("Message", linked.name, protocol=0)["about"] == sent
    gone = control.wait_for_message(linked.number, lambda message: message["id"] == sent)
    assert (gone["text"], gone["edited"], gone["deleted"]) == ("", True, True)


def test_looking_numbers_up_tells_who_is_on_whatsapp(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact, nobody = new_number(), "+4915299999999"
    found = linked.process.call(linked.name, "look_up", numbers=[contact, nobody])["found"]
    assert {number.lstrip("+"): known for number, known in found.items()} == {contact[1:]: True, nobody[1:]: False}


def test_many_texts_keep_their_order(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact, since = new_number(), linked.process.mark()
    for position in range(60):
        control.send(contact, linked.number, f"in {position}")
    linked.process.wait("Message", linked.name, text="in 59")
    assert linked.process.texts(linked.name, since) == [f"in {position}" for position in range(60)]
    sent = linked.process.call(linked.name, "burst", to=contact, count=40)["ids"]
    control.wait_for_text(contact, "burst 39")
    assert [message["id"] for message in control.messages(contact) if not message["fromMe"]] == sent
    assert _received(control, linked)[-40:] == sent


def test_talking_in_turns_loses_nothing(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    """Each turn moves both ratchets on, and the texts of both sides cross.

    Now and again that costs whatsmeow a session; then texts come late, after a retry receipt.
    """
    contact = new_number()
    for turn in range(20):
        control.send(contact, linked.number, f"ask {turn}")
        linked.process.command(linked.name, "send", to=contact, text=f"tell {turn}")
    for turn in range(20):
        linked.process.wait("Message", linked.name, text=f"ask {turn}")
        control.wait_for_text(contact, f"tell {turn}")


def test_the_phone_sees_the_client_typing(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    control.send(contact, linked.number, "are you there")
    chat = linked.process.wait("Message", linked.name, text="are you there")["chat"]
    for state in ("composing", "recording", "paused"):
        linked.process.call(linked.name, "typing", to=chat, state=state)
        seen = control.wait_for_typing(contact, linked.number, state)
        assert seen["chat"] == linked.number
    assert [entry["state"] for entry in control.typing(contact)] == ["composing", "recording", "paused"]
    assert control.typing(linked.number) == []


def test_the_client_sees_the_phone_typing(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    lid = control.phone(contact)["lid"]
    be_available(linked.process, control, linked.name, linked.number)
    for state, seen in (("composing", (1, 1)), ("recording", (1, 2)), ("paused", (2, 1))):
        control.type(contact, linked.number, state)
        got = linked.process.wait("ChatPresence", linked.name, chat=lid, state=seen[0], media=seen[1])
        assert got["sender"] == lid


def test_typing_in_a_group_names_who_types(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    first, second = new_number(), new_number()
    group = control.create_group(first, "House 8", [linked.number, second])
    be_available(linked.process, control, linked.name, linked.number)
    control.type(first, group)
    got = linked.process.wait("ChatPresence", linked.name, chat=group)
    assert got["sender"] == control.phone(first)["lid"]
    linked.process.call(linked.name, "typing", to=group, state="composing")
    assert control.wait_for_typing(second, linked.number)["chat"] == group


def test_used_prekeys_are_replaced(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    """Each contact's first message uses one of the client's; notified that few are left it uploads more."""
    (device,) = control.phone(linked.number)["devices"]
    for position in range(device["prekeys"]):
        control.send(new_number(), linked.number, f"first {position}")
    linked.process.wait("Message", linked.name, text=f"first {device['prekeys'] - 1}", timeout=60)
    until(lambda: control.phone(linked.number)["devices"][0]["prekeys"] >= 5)


def _received(control: WhatsAppControl, linked: Linked) -> list[str]:
    entries: list[dict[str, Any]] = control.statistics()["messagesReceived"]
    return next(list(entry["ids"]) for entry in entries if entry["number"] == linked.number)
