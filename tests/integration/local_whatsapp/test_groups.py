"""The management of groups by a real client and by phones."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.whatsapp.client import ControlRefused, WhatsAppControl
from tests.integration.local_whatsapp.conftest import Call, Linked, NewNumber, changed

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0 a small picture \xff\xd9").decode()


@pytest.fixture
def foreign(control: WhatsAppControl, linked: Linked, members: tuple[str, str]) -> str:
    """A group of the first phone, in which the client is no admin."""
    return control.create_group(members[0], "House 8", [linked.number, members[1]])


def jid(number: str) -> str:
    return f"{number[1:]}@s.whatsapp.net"


def test_a_new_group_is_told_to_its_maker(linked: Linked, call: Call, members: tuple[str, str]) -> None:
    made = call("create_group", subject="House", members=list(members))
    assert linked.process.wait("JoinedGroup", linked.name, group=made["group"])["subject"] == "House"
    assert made["members"] == {jid(linked.number): "owner", jid(members[0]): "", jid(members[1]): ""}


def test_who_wants_to_be_asked_is_not_added(
    control: WhatsAppControl, linked: Linked, call: Call, new_number: NewNumber
) -> None:
    shy, open_to_all = new_number(), new_number()
    control.change_profile(shy, privacy={"groupadd": "contacts"})
    made = call("create_group", subject="House", members=[shy, open_to_all])
    ((refused, code, invitation),) = made["refused"]
    assert (refused, code, bool(invitation)) == (jid(shy), 403, True)
    assert control.group(made["group"])["members"] == [linked.number, open_to_all]
    control.change_profile(shy, contacts={linked.number: "My landlord"})
    assert call("change_members", group=made["group"], change="add", members=[shy])["outcomes"][0][1] == 0


def test_each_participant_has_an_outcome_of_its_own(
    control: WhatsAppControl, linked: Linked, call: Call, own: str, members: tuple[str, str], new_number: NewNumber
) -> None:
    control.leave_group(members[0], own)
    new, nobody = new_number(), "+4917099999999"
    since = linked.process.mark()
    outcomes = call("change_members", group=own, change="add", members=[members[0], members[1], new, nobody])
    assert [code for _, code, _ in outcomes["outcomes"]] == [408, 409, 0, 404]
    assert changed(linked, own, since, "join")["join"] == [control.phone(new)["lid"]]
    call("send", to=own, text="welcome")
    control.wait_for_text(new, "welcome")


def test_members_are_removed_and_read_no_more(
    control: WhatsAppControl, linked: Linked, call: Call, own: str, members: tuple[str, str]
) -> None:
    since = linked.process.mark()
    outcomes = call("change_members", group=own, change="remove", members=[members[0], "+4917099999999"])
    assert [code for _, code, _ in outcomes["outcomes"]] == [0, 404]
    gone = changed(linked, own, since, "leave")
    assert (gone["leave"], gone["author"]) == ([control.phone(members[0])["lid"]], control.phone(linked.number)["lid"])
    call("send", to=own, text="among us")
    control.wait_for_text(members[1], "among us")
    assert "among us" not in [message["text"] for message in control.messages(members[0])]


def test_ranks(control: WhatsAppControl, linked: Linked, call: Call, own: str, members: tuple[str, str]) -> None:
    since = linked.process.mark()
    call("change_members", group=own, change="promote", members=[members[0]])
    assert changed(linked, own, since, "promote")["promote"] == [control.phone(members[0])["lid"]]
    assert call("group_info", group=own)["members"][jid(members[0])] == "admin"
    assert control.change_members(own, members[0], "remove", [linked.number]) == {linked.number: 405}
    call("change_members", group=own, change="demote", members=[members[0]])
    assert changed(linked, own, since, "demote")["demote"] == [control.phone(members[0])["lid"]]
    assert control.group(own)["admins"] == [linked.number]


def test_the_client_changes_what_describes_its_group(
    control: WhatsAppControl, linked: Linked, call: Call, own: str
) -> None:
    since = linked.process.mark()
    call("set_subject", group=own, text="House 9")
    for text in ("Rules", "Other rules"):
        call("set_description", group=own, text=text)
    call("set_announcement", group=own, on=True)
    call("set_locked", group=own, on=True)
    call("set_timer", group=own, days=7)
    shown = call("group_info", group=own)
    assert (shown["subject"], shown["description"], shown["announcement"]) == ("House 9", "Other rules", True)
    assert (shown["locked"], shown["timer"]) == (True, 604800)
    for name, value in {"name": "House 9", "topic": "Rules", "announce": True, "locked": True, "timer": 604800}.items():
        assert changed(linked, own, since, name)[name] == value
    call("set_description", group=own, text="")
    call("set_announcement", group=own, on=False)
    call("set_locked", group=own, on=False)
    call("set_timer", group=own, days=0)
    shown = control.group(own)
    assert (shown["description"], shown["announcement"], shown["locked"], shown["timer"]) == ("", False, False, 0)


def test_what_phones_change_is_told_with_its_author(
    control: WhatsAppControl, linked: Linked, foreign: str, members: tuple[str, str]
) -> None:
    since, author = linked.process.mark(), control.phone(members[0])["lid"]
    told = {"subject": ("name", "New"), "description": ("topic", "Text"), "locked": ("locked", True)}
    control.change_group(foreign, members[0], subject="New", description="Text", locked=True, timer=86400)
    for event, value in (*told.values(), ("timer", 86400)):
        seen = changed(linked, foreign, since, event)
        assert (seen[event], seen["author"]) == (value, author)


def test_who_is_no_admin_is_refused(
    control: WhatsAppControl, foreign: str, members: tuple[str, str], fail: Callable[..., str]
) -> None:
    assert "401" in fail("change_members", group=foreign, change="remove", members=[members[1]])
    assert "401" in fail("set_announcement", group=foreign, on=True)
    assert "permission" in fail("invite_link", group=foreign)
    control.change_group(foreign, members[0], locked=True, announcement=True)
    assert "401" in fail("set_subject", group=foreign, text="Mine")
    assert "403" in fail("send", to=foreign, text="may I?")
    with pytest.raises(ControlRefused, match="Only admins"):
        control.change_group(foreign, members[1], subject="Mine")


def test_groups_that_are_not_the_clients(
    control: WhatsAppControl, members: tuple[str, str], fail: Callable[..., str]
) -> None:
    other = control.create_group(members[0], "Elsewhere", [members[1]])
    assert "not participating" in fail("group_info", group=other)
    assert "403" in fail("set_subject", group=other, text="Mine")
    assert "does not exist" in fail("group_info", group="120363999999999999@g.us")
    assert "406" in fail("create_group", subject="", members=[])


def test_the_client_leaves(
    control: WhatsAppControl, linked: Linked, call: Call, own: str, members: tuple[str, str]
) -> None:
    since = linked.process.mark()
    call("leave", group=own)
    assert changed(linked, own, since, "leave")["leave"] == [control.phone(linked.number)["lid"]]
    left = control.group(own)
    assert (left["members"], left["owner"]) == (list(members), members[0])
    assert own not in call("groups")["groups"]


def test_pictures_of_groups(
    control: WhatsAppControl, linked: Linked, call: Call, fail: Callable[..., str], own: str, members: tuple[str, str]
) -> None:
    assert "does not have" in fail("picture", of=own)
    id = call("set_group_picture", group=own, jpeg=JPEG)["id"]
    assert (call("picture", of=own)["id"], call("picture", of=own)["jpeg"]) == (id, JPEG)
    assert control.group(own)["pictureId"] == id
    linked.process.wait("Picture", linked.name, of=own, by=control.phone(linked.number)["lid"])
    assert "valid" in fail("set_group_picture", group=own, jpeg=base64.b64encode(b"no picture").decode())
    control.change_group(own, members[0], picture="")
    linked.process.wait("Picture", linked.name, of=own, by=control.phone(members[0])["lid"], removed=True)


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"timer": 60}, 400, "refuses"),
        ({"subject": ""}, 409, "does not accept"),
        ({"description": "x" * 3000}, 409, "does not accept"),
        ({"picture": base64.b64encode(b"GIF89a").decode()}, 400, "JPEG"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_what_a_group_cannot_be(
    control: WhatsAppControl, members: tuple[str, str], change: dict[str, Any], status: int, sentence: str
) -> None:
    group = control.create_group(members[0], "House")
    with pytest.raises(ControlRefused, match=sentence) as refused:
        control.change_group(group, members[0], **change)
    assert refused.value.status == status
    assert control.group(group)["subject"] == "House"


def test_groups_that_are_none(control: WhatsAppControl, members: tuple[str, str]) -> None:
    for id in ("120363999999999999@g.us", "nonsense", "1:x@g.us"):
        with pytest.raises(ControlRefused) as refused:
            control.group(id)
        assert refused.value.status == 404
    with pytest.raises(ControlRefused, match="does not accept"):
        control.join_group(members[0], "https://chat.whatsapp.com/nonsense")
