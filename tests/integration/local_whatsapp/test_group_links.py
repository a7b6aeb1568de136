"""The ways into groups, and communities, by a real client and by phones."""

from __future__ import annotations

from collections.abc import Callable

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.local_whatsapp.conftest import Call, Linked, NewNumber, changed
from tests.integration.local_whatsapp.test_groups import JPEG


def test_an_invitation_is_for_one_account_and_one_time(
    control: WhatsAppControl, linked: Linked, call: Call, fail: Callable[..., str], members: tuple[str, str]
) -> None:
    group = control.create_group(members[0], "By invitation", [members[1]])
    control.change_profile(linked.number, privacy={"groupadd": "none"})
    assert control.change_members(group, members[0], "add", [linked.number]) == {linked.number: 403}
    control.change_profile(linked.number, privacy={"groupadd": "all"})
    invited = {"group": group, "by": members[0], "code": control.group(group)["invited"][linked.number]}
    assert "410" in fail("join_invited", **{**invited, "code": "another"})
    call("join_invited", **invited)
    assert linked.process.wait("JoinedGroup", linked.name, group=group)["subject"] == "By invitation"
    call("leave", group=group)
    assert "410" in fail("join_invited", **invited)


def test_a_link_leads_into_the_group_until_it_is_revoked(
    control: WhatsAppControl, linked: Linked, call: Call, fail: Callable[..., str], members: tuple[str, str]
) -> None:
    group = control.create_group(members[0], "Open house", [members[1]])
    link = control.invite_link(group, members[0])
    assert call("read_link", link=link)["subject"] == "Open house"
    assert call("join", link=link)["group"] == group
    assert linked.process.wait("JoinedGroup", linked.name, group=group)["reason"] == "invite"
    control.invite_link(group, members[0], revoke=True)
    assert "revoked" in fail("join", link=link)
    assert "not valid" in fail("read_link", link="https://chat.whatsapp.com/nonsense")


def test_the_client_invites_by_link(
    control: WhatsAppControl, linked: Linked, call: Call, own: str, new_number: NewNumber
) -> None:
    link, guest, since = call("invite_link", group=own)["link"], new_number(), linked.process.mark()
    assert call("invite_link", group=own)["link"] == link
    assert control.join_group(guest, link) == {"id": own, "joined": True}
    seen = changed(linked, own, since, "join")
    assert (seen["join"], seen["author"], seen["reason"]) == ([control.phone(guest)["lid"]], seen["join"][0], "invite")
    fresh = call("invite_link", group=own, revoke=True)["link"]
    assert changed(linked, own, since, "link")["link"] == fresh != link


def test_joining_may_need_approval(
    control: WhatsAppControl, linked: Linked, call: Call, members: tuple[str, str]
) -> None:
    group = control.create_group(members[0], "Closed house", [members[1]])
    control.change_group(group, members[0], approval=True)
    assert call("join", link=control.invite_link(group, members[0]))["group"] == group
    assert group not in call("groups")["groups"]
    assert control.group(group)["requests"] == [linked.number]
    assert control.change_members(group, members[0], "approve", [linked.number]) == {linked.number: 200}
    assert linked.process.wait("JoinedGroup", linked.name, group=group)
    assert group in call("groups")["groups"]


def test_the_client_reads_who_asks_to_join(
    control: WhatsAppControl, linked: Linked, call: Call, own: str, new_number: NewNumber
) -> None:
    guest = new_number()
    control.change_group(own, linked.number, approval=True)
    assert control.join_group(guest, call("invite_link", group=own)["link"]) == {"id": own, "joined": False}
    assert call("requests", group=own)["jids"] == [control.phone(guest)["lid"]]


def test_communities(control: WhatsAppControl, linked: Linked, call: Call, own: str, members: tuple[str, str]) -> None:
    made = call("create_group", subject="Street", members=[], community=True)
    community, since = made["group"], linked.process.mark()
    assert made["community"]
    (announcements,) = call("sub_groups", group=community)["groups"]
    inside = call("create_group", subject="No 3", members=[members[0]], parent=community)
    assert inside["parent"] == community
    call("link_group", parent=community, group=own)
    assert changed(linked, own, since, "link")["link"] == ["PARENT", community]
    assert changed(linked, community, since, "link")["link"] == ["SUB", own]
    parts = call("sub_groups", group=community)["groups"]
    assert parts == {announcements: True, inside["group"]: False, own: False}
    people = {control.phone(number)["lid"] for number in (linked.number, *members)}
    assert set(call("community_members", group=community)["jids"]) == people
    call("set_group_picture", group=community, jpeg=JPEG)
    assert call("picture", of=community, community=True)["jpeg"] == JPEG
    call("unlink_group", parent=community, group=own)
    assert changed(linked, own, since, "unlink")["unlink"] == ["PARENT", community]
    assert control.group(own)["parent"] == ""
