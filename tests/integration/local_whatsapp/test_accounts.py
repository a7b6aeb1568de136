"""Accounts have other numbers by which they are found, and move from number to number."""

from __future__ import annotations

import httpx
import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, link


@pytest.mark.parametrize("named", ["both", "lid", "number"])
def test_an_account_is_found_by_its_other_numbers(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber, named: str
) -> None:
    contact = new_number()
    alias = f"+1{contact[3:]}"
    changed = control.change_phone(contact, aliases=[alias], named=named)
    assert (changed["aliases"], changed["named"]) == ([alias], named)
    answer = linked.process.call(linked.name, "look_up", numbers=[alias])
    assert answer["found"] == {alias: True}
    expected = f"{contact[1:]}@s.whatsapp.net" if named == "number" else changed["lid"]
    assert answer["named"] == {alias: expected}
    control.change_phone(contact, aliases=[])
    assert linked.process.call(linked.name, "look_up", numbers=[alias])["found"] == {alias: False}


def test_an_account_moves_to_another_number_with_its_lid_and_chats(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    contact = new_number()
    lid, new = control.phone(contact)["lid"], f"{contact}0"
    group = control.create_group(contact, "House", [linked.number])
    control.send(contact, linked.number, "by the old one")
    linked.process.wait("Message", linked.name, text="by the old one")
    assert control.change_phone(contact, number=new)["lid"] == lid
    control.send(new, linked.number, "by the new one")
    got = linked.process.wait("Message", linked.name, text="by the new one")
    assert (got["sender"], got["alternative"]) == (lid, f"{new[1:]}@s.whatsapp.net")
    control.send(new, group, "to all")
    linked.process.wait("Message", linked.name, text="to all", chat=group)
    linked.process.call(linked.name, "send", to=lid, text="answer")
    control.wait_for_text(new, "answer")
    assert {message["to"] for message in control.messages(linked.number) if message["fromMe"]} >= {new}
    with pytest.raises(ControlRefused, match="no phone"):
        control.phone(contact)


def test_a_number_that_was_left_is_anothers(control: WhatsAppControl, linked: Linked, new_number: NewNumber) -> None:
    number = new_number()
    left = control.phone(number)["lid"]
    control.send(number, linked.number, "from the first")
    linked.process.wait("Message", linked.name, text="from the first")
    control.change_phone(number, number=f"{number}1")
    taken = control.create_phone(number, "Another")["lid"]
    control.send(number, linked.number, "from the second")
    got = linked.process.wait("Message", linked.name, text="from the second")
    assert got["sender"] == taken != left
    for to, owner in ((left, f"{number}1"), (taken, number)):
        linked.process.call(linked.name, "send", to=to, text=f"for {to}")
        control.wait_for_text(owner, f"for {to}")


def test_a_change_of_the_number_removes_the_linked_clients(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    number = new_number()
    link(own_process, control, "mover", number)
    assert control.change_phone(number, number=f"{number}2")["devices"] == []
    own_process.wait("LoggedOut", "mover")


@pytest.mark.parametrize("change", [{"number": "{taken}"}, {"aliases": ["{taken}"]}, {"number": "0"}, {"named": "x"}])
def test_a_change_that_cannot_be_is_refused(
    control: WhatsAppControl, new_number: NewNumber, change: dict[str, str | list[str]]
) -> None:
    number, taken = new_number(), new_number()
    filled = {
        key: value.replace("{taken}", taken) if isinstance(value, str) else [taken] for key, value in change.items()
    }
    with pytest.raises(ControlRefused) as refused:
        control.change_phone(number, **filled)
    assert refused.value.status in (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT)
    assert control.phone(number)["aliases"] == []
