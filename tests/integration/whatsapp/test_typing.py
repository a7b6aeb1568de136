"""Who is typing, seen from both sides."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.whatsapp.conftest import Linked, NewNumber


def test_the_phone_sees_the_client_typing(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    control.send(contact, linked.number, "are you there")
    chat = linked.process.wait("Message", linked.name, text="are you there")["chat"]
    for state in ("composing", "recording", "paused"):
        linked.process.ask(linked.name, "typing", to=chat, state=state)
        seen = control.wait_for_typing(contact, linked.number, state)
        assert seen["chat"] == linked.number
    assert [entry["state"] for entry in control.typing(contact)] == ["composing", "recording", "paused"]
    assert control.typing(linked.number) == []


def test_the_client_sees_the_phone_typing(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    contact = new_number()
    lid = control.phone(contact)["lid"]
    for state, seen in (("composing", (1, 1)), ("recording", (1, 2)), ("paused", (2, 1))):
        control.type(contact, linked.number, state)
        got = linked.process.wait("ChatPresence", linked.name, chat=lid, state=seen[0], media=seen[1])
        assert got["sender"] == lid


def test_typing_in_a_group_names_who_types(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    first, second = new_number(), new_number()
    group = control.create_group(first, "House 8", [linked.number, second])
    control.type(first, group)
    got = linked.process.wait("ChatPresence", linked.name, chat=group)
    assert got["sender"] == control.phone(first)["lid"]
    linked.process.ask(linked.name, "typing", to=group, state="composing")
    assert control.wait_for_typing(second, linked.number)["chat"] == group
