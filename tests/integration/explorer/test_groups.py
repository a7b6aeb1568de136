"""Groups by forms, without scripts: made, joined, changed, left; what became of each member, and what was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

import pytest

from gateway.client import Gateway, Session
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.phone import Address
from tests.integration.explorer.http_user import HttpUser
from tests.owner import NUMBER, Owner
from tests.owner_groups import APPROVED_CODE, SHY
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TINA, TOM = "+447700900102", "+447700900103"
ME = Participant(Address(f"9{NUMBER[1:]}@lid", NUMBER), Role.OWNER)
HOUSE = Group("120363000000000001@g.us", "Elm Street", "Rules", participants=(ME, Participant(Address("1@lid", TINA))))


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def session(make_connected: Callable[[], Session]) -> Session:
    return make_connected()


@pytest.fixture
def house(owner: Owner, session: Session) -> UUID:
    return owner.put_groups(session.id, HOUSE)[0]


def shown(user: HttpUser, session: Session, house: UUID, query: str = "") -> str:
    return user.get(f"/people/groups/{house}?session={session.id}{query}").text


def test_a_group_is_made_with_whom_could_be_added(user: HttpUser, session: Session) -> None:
    assert "No groups" in user.get(f"/people/groups?session={session.id}").text
    path = f"/sessions/{session.id}/groups"
    wrong = user.post(path, subject="Elm Street", participants="+4\n")
    assert (wrong.status_code, "country code" in wrong.text, 'value="Elm Street"' in wrong.text) == (422, True, True)
    made = user.post(path, subject="Elm Street", participants=f"{TINA}\r\n{SHY}\r\n")
    assert f'<strong dir="auto">{SHY}</strong> wants to be asked first: send them the invite link.' in made.text
    [group] = session.groups()
    assert (group.subject, group.participant_count) == ("Elm Street", 2)
    listed = user.get(f"/people/groups?session={session.id}").text
    assert f'<a href="/explorer/people/groups/{group.id}?session={session.id}">Elm Street</a>' in listed
    assert "2 members · Owner" in listed


def test_one_joins_by_a_link_or_waits_for_an_admin(user: HttpUser, session: Session) -> None:
    path = f"/sessions/{session.id}/groups/join"
    wrong = user.post(path, link="https://example.org/x")
    assert (wrong.status_code, "Give an invite link" in wrong.text) == (422, True)
    joined = user.post(path, link="https://chat.whatsapp.com/SomeInvite0000000000")
    assert "Joined" in user.http.get(joined.headers["Location"]).text
    waiting = user.post(path, link=f"https://chat.whatsapp.com/{APPROVED_CODE}")
    assert "An admin of the group has to approve" in user.http.get(waiting.headers["Location"]).text


def test_what_describes_a_group_is_changed_and_what_is_refused_is_said(
    user: HttpUser, session: Session, house: UUID
) -> None:
    path = f"/sessions/{session.id}/groups/{house}"
    same = {"subject": "Elm Street", "description": "Rules", "announcement": "", "locked": "", "timer": "0"}
    assert user.post(path, **same).status_code == 303
    changed = user.post(path, **{**same, "subject": "Elm Street 5", "announcement": "1", "timer": "86400"})
    assert changed.status_code == 303
    page = user.http.get(changed.headers["Location"]).text
    assert '<h1 dir="auto">Elm Street 5</h1>' in page
    assert "Only admins write." in page and "Messages disappear after a day." in page
    refused = user.post(path, **{**same, "description": "Other rules", "locked": "1"})
    assert (refused.status_code, "Only an admin of the group may do this." in refused.text) == (422, True)
    assert ">Other rules</textarea>" in refused.text
    empty = user.post(path, **{**same, "subject": " "})
    assert (empty.status_code, "Say something." in empty.text) == (422, True)


def test_members_are_added_ranked_and_removed_with_what_became_of_each(
    user: HttpUser, session: Session, house: UUID
) -> None:
    path = f"/sessions/{session.id}/groups/{house}/participants"
    added = user.post(path, manner="add", participants=f"{TOM}\n{SHY}").text
    assert f'<strong dir="auto">{TOM}</strong> was added.' in added
    assert f'<strong dir="auto">{SHY}</strong> wants to be asked first' in added
    jid = f"{TOM[1:]}@s.whatsapp.net"
    for manner, said, role in (("promote", "is an admin now", "admin"), ("demote", "is no admin any more", "member")):
        assert f'<strong dir="auto">{TOM}</strong> {said}.' in user.post(path, manner=manner, participants=jid).text
        assert {each.phone_number: each.role for each in session.group(house).participants}[TOM] == role
    assert "was removed." in user.post(path, manner="remove", participants=jid).text
    assert TOM not in shown(user, session, house)
    assert user.post(path, manner="crown", participants=jid).status_code == 404
    nobody = user.post(path, manner="add", participants="nobody")
    assert (nobody.status_code, ">nobody</textarea>" in nobody.text) == (422, True)


def test_the_invite_link_is_shown_as_text_and_code_and_replaced(user: HttpUser, session: Session, house: UUID) -> None:
    assert "chat.whatsapp.com" not in shown(user, session, house)
    page = user.post(f"/sessions/{session.id}/groups/{house}/invite").text
    assert 'value="https://chat.whatsapp.com/OldLink0000000000"' in page
    assert 'data-copy="https://chat.whatsapp.com/OldLink0000000000"' in page
    assert 'src="data:image/png;base64,' in page
    page = user.post(f"/sessions/{session.id}/groups/{house}/invite", revoke="1").text
    assert 'value="https://chat.whatsapp.com/NewLink0000000000"' in page


def test_who_left_sees_the_group_without_its_forms(user: HttpUser, session: Session, house: UUID) -> None:
    assert 'id="confirm-leave"' in shown(user, session, house)
    assert user.post(f"/sessions/{session.id}/groups/{house}/leave").status_code == 303
    page = shown(user, session, house)
    assert "Not in it any more" in page
    assert not re.findall(r'action="/explorer/sessions/[^"]+/groups', page)


def test_a_group_without_messages_is_a_chat(user: HttpUser, session: Session, house: UUID) -> None:
    page = user.get(f"/messaging?session={session.id}&chat={house}").text
    assert "Elm Street</h2>" in page
    assert "Group and members" in page
    assert f'name="to" value="{house}"' in page


def test_members_are_found_and_paged(user: HttpUser, session: Session, owner: Owner) -> None:
    people = tuple(Participant(Address(f"{i}@lid", f"+4477009{i:05}")) for i in range(10_000, 10_120))
    [crowd] = owner.put_groups(session.id, Group("120363000000000002@g.us", "Crowd", participants=(ME, *people)))
    first = shown(user, session, crowd)
    assert (first.count('id="member-'), "Page 1 of 3" in first) == (50, True)
    assert first.index(">You</h2>") < first.index("+447700910000")
    assert shown(user, session, crowd, "&page=9").count('id="member-') == 21
    assert shown(user, session, crowd, "&search=0044 77009 10119".replace(" ", "+")).count('id="member-') == 1
    assert "No member has “nobody”" in shown(user, session, crowd, "&search=nobody")


def test_what_cannot_be_done_yet_is_said(
    user: HttpUser, session: Session, house: UUID, owner: Owner, make_connected: Callable[[], Session]
) -> None:
    owner.lose(session.id)
    waiting = user.post(f"/sessions/{session.id}/groups/{house}", subject="New", description="Rules", timer="0")
    assert (waiting.status_code, "WhatsApp has not answered yet" in waiting.text) == (202, True)
    other = make_connected()
    owner.lose(other.id)
    page = user.get(f"/people/groups?session={other.id}")
    assert (page.status_code, "the session is not connected" in page.text) == (200, True)


def test_groups_of_others_are_not_there(
    sign_in: SignIn, api: Api, user: HttpUser, session: Session, house: UUID
) -> None:
    stranger = sign_in(api.key())
    assert stranger.get(f"/people/groups/{house}?session={session.id}").status_code == 404
    assert stranger.post(f"/sessions/{session.id}/groups/{house}/leave").status_code == 404
    assert session.group(house).is_member
