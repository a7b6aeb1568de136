"""A phone that is deleted is gone for its own clients and for those of others."""

from __future__ import annotations

import httpx
import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.conftest import Linked, NewNumber
from tests.integration.local_whatsapp.harness import NeonizeProcess, link


def test_its_clients_are_unlinked_connected_or_not(
    control: WhatsAppControl, own_process: NeonizeProcess, new_number: NewNumber
) -> None:
    away, connected = new_number(), new_number()
    for number in (away, connected):
        link(own_process, control, number, number)
    own_process.call(away, "act", action="disconnect")
    for number in (away, connected):
        control.delete_phone(number)
        with pytest.raises(ControlRefused, match="no phone") as refused:
            control.phone(number)
        assert refused.value.status == httpx.codes.NOT_FOUND
    own_process.wait("LoggedOut", connected)
    own_process.connect(away)
    own_process.wait("LoggedOut", away)


def test_nobody_has_its_number_and_its_groups_go_on(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    owner, member = new_number(), new_number()
    group = control.create_group(owner, "House", [linked.number, member])
    control.send(owner, group, "to all")
    linked.process.wait("Message", linked.name, text="to all", chat=group)
    lid = control.phone(owner)["lid"]
    control.delete_phone(owner)
    assert linked.process.call(linked.name, "look_up", numbers=[owner])["found"] == {owner: False}
    assert linked.process.call(linked.name, "send", to=lid, text="nobody")["event"] == "failure"
    for sender, text in ((member, "without the owner"), (linked.number, "still here")):
        if sender == member:
            control.send(member, group, text)
            linked.process.wait("Message", linked.name, text=text, chat=group)
        else:
            linked.process.call(linked.name, "send", to=group, text=text)
            control.wait_for_text(member, text)
    [left] = [each for each in control.groups() if each["id"] == group]
    assert (left["owner"], left["members"]) == (linked.number, [linked.number, member])


def test_its_number_is_somebody_elses_afterwards(
    control: WhatsAppControl, linked: Linked, new_number: NewNumber
) -> None:
    number = new_number()
    first = control.phone(number)["lid"]
    control.send(number, linked.number, "from the first")
    linked.process.wait("Message", linked.name, text="from the first")
    control.delete_phone(number)
    second = control.create_phone(number, "Another")["lid"]
    assert second != first
    assert control.messages(number) == []
    control.send(number, linked.number, "from the second")
    got = linked.process.wait("Message", linked.name, text="from the second")
    assert (got["sender"], got["pushName"]) == (second, "Another")
    linked.process.call(linked.name, "send", to=number, text="for the second")
    control.wait_for_text(number, "for the second")
    assert [message["text"] for message in control.messages(linked.number) if message["to"] == linked.number][-2:] == [
        "from the first",
        "from the second",
    ]
