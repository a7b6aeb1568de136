"""What people show of themselves and keep from others: pictures, texts, block lists, presence."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.conftest import Call, Linked, NewNumber
from tests.integration.local_whatsapp.harness import be_available, link

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a portrait \xff\xd9").decode()


@pytest.fixture
def contact(new_number: NewNumber) -> str:
    return new_number()


@pytest.fixture
def available(control: WhatsAppControl, linked: Linked) -> None:
    """The client is available, as it must be to learn of others."""
    be_available(linked.process, control, linked.name, linked.number)


def test_a_picture_is_read_unless_it_is_hidden(
    control: WhatsAppControl, linked: Linked, call: Call, contact: str
) -> None:
    outcome = linked.process.call(linked.name, "picture", of=contact)
    assert "does not have" in outcome["error"]
    id = control.change_profile(contact, picture=JPEG)["pictureId"]
    got = call("picture", of=contact)
    assert (got["id"], got["jpeg"]) == (id, JPEG)
    assert call("picture", of=contact, known=id)["id"] == ""
    assert call("user_info", of=contact)["pictureId"] == id
    control.change_profile(contact, privacy={"profile": "contacts"})
    assert "hidden" in linked.process.call(linked.name, "picture", of=contact)["error"]
    assert call("user_info", of=contact)["pictureId"] == ""
    control.change_profile(contact, contacts={linked.number: "Landlord"})
    assert call("picture", of=contact)["id"] == id


def test_who_is_known_is_told_of_a_new_picture(
    control: WhatsAppControl, linked: Linked, call: Call, contact: str
) -> None:
    call("user_info", of=contact)
    control.change_profile(contact, picture=JPEG)
    lid = control.phone(contact)["lid"]
    assert linked.process.wait("Picture", linked.name, of=lid)["removed"] is False
    control.change_profile(contact, picture="")
    linked.process.wait("Picture", linked.name, of=lid, removed=True)
    with pytest.raises(ControlRefused, match="JPEG"):
        control.change_profile(contact, picture=base64.b64encode(b"GIF89a").decode())


def test_the_clients_own_profile(control: WhatsAppControl, linked: Linked, call: Call) -> None:
    id = call("set_own_picture", jpeg=JPEG)["id"]
    call("set_about", text="Office hours 9 to 5")
    profile = control.profile(linked.number)
    assert (profile["pictureId"], profile["about"]) == (id, "Office hours 9 to 5")
    failed = linked.process.call(linked.name, "set_own_picture", jpeg=base64.b64encode(b"no picture").decode())
    assert failed["event"] == "failure"


def test_what_people_say_about_themselves(control: WhatsAppControl, call: Call, contact: str) -> None:
    assert call("user_info", of=contact)["about"].startswith("Hey there")
    control.change_profile(contact, about="On holiday", business="Corner Shop Ltd")
    told = call("user_info", of=contact)
    assert (told["about"], told["business"]) == ("On holiday", "Corner Shop Ltd")
    control.change_profile(contact, privacy={"status": "none"})
    assert call("user_info", of=contact)["about"] == ""


def test_who_is_blocked_reaches_nobody(control: WhatsAppControl, linked: Linked, call: Call, contact: str) -> None:
    lid = control.phone(contact)["lid"]
    assert lid in call("block", of=lid, blocked=True)["blocked"]
    assert call("blocked")["blocked"] == [lid]
    assert control.profile(linked.number)["blocked"] == [contact]
    unseen = control.send(contact, linked.number, "are you there?")
    assert call("block", of=lid, blocked=False)["blocked"] == []
    control.send(contact, linked.number, "at last")
    linked.process.wait("Message", linked.name, text="at last")
    assert control.message(linked.number, unseen) is None
    assert "are you there?" not in linked.process.texts(linked.name)


def test_the_clients_are_told_whom_their_phone_blocks(
    control: WhatsAppControl, linked: Linked, call: Call, contact: str
) -> None:
    lid = control.phone(contact)["lid"]
    for blocked, action in ((True, 1), (False, 2)):
        control.block(linked.number, contact, blocked=blocked)
        linked.process.wait("BlocklistEvent", linked.name, changes=[[lid, action]])


@pytest.mark.usefixtures("available")
def test_presence_of_a_contact(control: WhatsAppControl, linked: Linked, call: Call, contact: str) -> None:
    lid, since = control.phone(contact)["lid"], linked.process.mark()
    call("watch", of=lid)
    assert linked.process.wait("Presence", linked.name, since=since, of=lid)["unavailable"]
    since = linked.process.mark()
    control.set_presence(contact, available=True)
    linked.process.wait("Presence", linked.name, since=since, of=lid, unavailable=False)
    control.set_presence(contact, available=False)
    assert linked.process.wait("Presence", linked.name, since=since, of=lid, unavailable=True)["seen"] > 0


@pytest.mark.usefixtures("available")
def test_last_seen_may_be_kept_from_others(control: WhatsAppControl, linked: Linked, call: Call, contact: str) -> None:
    lid, since = control.phone(contact)["lid"], linked.process.mark()
    control.change_profile(contact, privacy={"last": "contacts", "online": "none"})
    control.set_presence(contact, available=True)
    call("watch", of=lid)
    control.set_presence(contact, available=False)
    first = linked.process.wait("Presence", linked.name, since=since, of=lid)
    assert (first["unavailable"], first["seen"] > 0) == (True, False)


@pytest.mark.usefixtures("available")
def test_who_is_not_available_learns_of_nobody(
    control: WhatsAppControl, linked: Linked, call: Call, contact: str
) -> None:
    lid = control.phone(contact)["lid"]
    call("unavailable")
    since = linked.process.mark()
    call("watch", of=lid)
    control.set_presence(contact, available=True)
    call("available")
    call("watch", of=lid)
    seen = linked.process.wait("Presence", linked.name, since=since, of=lid)
    assert seen["unavailable"] is False
    events = [event for event in linked.process.events(linked.name, since) if event["event"] == "Presence"]
    assert len(events) == 1


@pytest.mark.usefixtures("available")
def test_the_end_of_a_connection_is_the_end_of_being_available(
    control: WhatsAppControl, linked: Linked, call: Call, new_number: NewNumber
) -> None:
    other = new_number()
    link(linked.process, control, "other", other)
    be_available(linked.process, control, "other", other)
    lid, since = control.phone(other)["lid"], linked.process.mark()
    call("watch", of=lid)
    linked.process.wait("Presence", linked.name, since=since, of=lid, unavailable=False)
    control.unlink(other)
    linked.process.wait("Presence", linked.name, since=since, of=lid, unavailable=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"privacy": {"groupadd": "friends"}}, "privacy"),
        ({"privacy": {"shoe size": "all"}}, "privacy"),
        ({"about": "x" * 140}, "about"),
        ({"contacts": {"nobody": "Ada"}}, "contacts"),
        ({"chats": {"status": {"loud": 1}}}, "chats"),
        ({"picture": "???"}, "picture"),
    ],
)
def test_what_a_profile_cannot_be(
    control: WhatsAppControl, contact: str, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ControlRefused, match=sentence) as refused:
        control.change_profile(contact, **change)
    assert refused.value.status == 400


def test_nobody_is_blocked_whom_nobody_knows(control: WhatsAppControl, contact: str) -> None:
    with pytest.raises(ControlRefused, match="Nobody has the number"):
        control.block(contact, "+4917099999999")
