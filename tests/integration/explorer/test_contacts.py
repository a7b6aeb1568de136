"""Contacts by forms, without scripts: listed, found, opened, blocked, and picked for a new message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from functions.explorer.pictures import picture_address
from gateway.client import Gateway, Session
from gateway.domain.contacts import Names
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.phone import Address
from gateway.store.contacts import Entry
from tests.integration.explorer.http_user import HttpUser
from tests.owner import NUMBER, Owner
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TENANT, PLUMBER, STRANGER = "+447700900102", "+447700900103", "+447700900104"
ME = Participant(Address(f"9{NUMBER[1:]}@lid", NUMBER), Role.OWNER)
HOUSE = Group("120363000000000001@g.us", "Elm Street", participants=(ME, Participant(Address("1@lid", PLUMBER))))


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def session(make_connected: Callable[[], Session], owner: Owner) -> Session:
    session = make_connected()
    owner.receive(session.id, TENANT, "Hello", "Tina")
    owner.put_contacts(session.id, [Entry(Address(phone_number=PLUMBER), Names("Zoé <b>Plumber</b>", push="Zoé"))])
    return session


def test_contacts_are_listed_by_name_and_found(user: HttpUser, session: Session) -> None:
    at = f"/people?session={session.id}"
    page = user.get(at).text
    assert page.index("Tina</a>") < page.index("Zoé &lt;b&gt;Plumber&lt;/b&gt;</a>")
    assert PLUMBER in page
    assert user.get(f"{at}&search=ZOE").text.count('<li id="contact-') == 1
    assert user.get(f"{at}&search=0044+7700+900102").text.count('<li id="contact-') == 1
    assert "No contact has “nobody”" in user.get(f"{at}&search=nobody").text


def test_a_card_says_what_is_known_and_blocks(user: HttpUser, session: Session) -> None:
    chat = next(session.chats())
    page = user.get(f"/people/contacts/{chat.id}?session={session.id}").text
    for text in ("Tina</h1>", TENANT, str(chat.lid), "The picture is not shown to this number.", "Block Tina?"):
        assert text in page
    path = f"/sessions/{session.id}/contacts/{chat.id}/block"
    blocked = user.post(path, blocked="1")
    page = user.http.get(blocked.headers["Location"]).text
    assert "Blocked: their messages do not reach this number." in page
    assert "<strong>Blocked</strong>" in user.get(f"/people?session={session.id}").text
    page = user.http.get(user.post(path).headers["Location"]).text
    assert ("Blocked:" in page, "Block Tina?" in page) == (False, True)


def test_chats_show_the_pictures_that_are_known(user: HttpUser, owner: Owner, session: Session) -> None:
    chat, at = next(session.chats()), f"/messaging?session={session.id}"
    look = f'data-look="/explorer/sessions/{session.id}/chats/{chat.id}/picture?kind=user"'
    assert look in user.get(at).text
    assert user.get(f"/sessions/{session.id}/chats/{chat.id}/picture").status_code == 204
    # It is hidden, and not looked for again.
    assert "data-look" not in user.get(at).text
    owner.put_picture(session.id, chat.id)
    url = picture_address(session.contact(chat.id).picture_url)
    for page in (at, f"{at}&chat={chat.id}", f"/people?session={session.id}"):
        assert f'<img src="{url}" alt="" width="44" height="44" loading="lazy">' in user.get(page).text
    # It is still to be fetched: no error in the browser, which tries again.
    assert user.get(url.removeprefix("/explorer")).status_code == 204
    owner.put_picture(session.id, (house := owner.put_groups(session.id, HOUSE)[0]))
    shown = session.group(house)
    assert shown.picture_file and shown.participants[0].picture_url is None
    for page in (f"/people/groups?session={session.id}", f"/people/groups/{house}?session={session.id}"):
        assert f'<img src="{picture_address(shown.picture_url)}"' in user.get(page).text


def test_a_group_looks_for_its_picture(user: HttpUser, owner: Owner, session: Session) -> None:
    house = owner.put_groups(session.id, HOUSE)[0]
    address = f"/sessions/{session.id}/chats/{house}/picture?kind=group"
    assert f'data-look="/explorer{address}"' in user.get(f"/people/groups?session={session.id}").text
    assert user.get(address).status_code == 204
    assert session.group(house).picture == "hidden"
    owner.lose(session.id)
    assert "data-look" not in user.get(f"/messaging?session={session.id}").text


def test_who_wrote_in_a_group_has_a_card(user: HttpUser, owner: Owner, session: Session) -> None:
    house = owner.put_groups(session.id, HOUSE)[0]
    owner.receive(session.id, STRANGER, "Hello all", "Stan", jid=HOUSE.jid, kind="group")
    opened = user.get(f"/messaging?session={session.id}&chat={house}").text
    card = f"/people/contacts/8{STRANGER[1:]}%40lid?session={session.id}"
    assert f'<a href="/explorer{card}">Stan</a>' in opened
    page = user.get(card).text
    assert ("Stan</h1>" in page, STRANGER in page) == (True, True)
    members = user.get(f"/people/groups/{house}?session={session.id}").text
    assert f'<a href="/explorer/people/contacts/1%40lid?session={session.id}">' in members
    assert user.get(f"/people/contacts/1@lid?session={session.id}").status_code == 200


def test_a_card_watches_whether_somebody_is_online(user: HttpUser, session: Session) -> None:
    chat = next(session.chats())
    at = f"/people/contacts/{chat.id}?session={session.id}"
    path = f"/sessions/{session.id}/contacts/{chat.id}/presence"
    assert "Presence</dt>" not in user.get(at).text
    assert "never available" in user.post(path, watch="1").text
    session.change(presence="on_request")
    assert "Watch for five minutes" in user.get(at).text
    watching = user.http.get(user.post(path, watch="1").headers["Location"]).text
    assert ("Not known yet" in watching, "Stop watching" in watching) == (True, True)
    assert session.presence(chat.id).watched_until
    ended = user.http.get(user.post(path).headers["Location"]).text
    assert ("Not watched" in ended, "Watch for five minutes" in ended) == (True, True)


def test_chats_lead_to_cards_and_new_messages_pick_from_contacts(user: HttpUser, session: Session) -> None:
    chat = next(session.chats())
    opened = user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    assert f'<a href="/explorer/people/contacts/{chat.id}?session={session.id}"' in opened
    new = user.get(f"/messaging?session={session.id}&new=1").text
    assert f'href="/explorer/messaging?session={session.id}&amp;chat={chat.id}"' in new.partition('id="pick"')[2]
    found = user.get(f"/messaging?session={session.id}&new=1&who=plumber").text.partition('id="pick"')[2]
    assert ("Zoé" in found, "Tina" in found.partition("</ul>")[0]) == (True, False)
    picked = found.partition('id="contact-')[2].partition('"')[0]
    empty = user.get(f"/messaging?session={session.id}&chat={picked}").text
    assert "Zoé &lt;b&gt;Plumber&lt;/b&gt;</a></h2>" in empty
    assert f'name="to" value="{picked}"' in empty


def test_contacts_of_others_are_not_there(sign_in: SignIn, api: Api, user: HttpUser, session: Session) -> None:
    stranger, chat = sign_in(api.key()), next(session.chats())
    assert stranger.get(f"/people?session={session.id}").status_code == 404
    assert stranger.get(f"/people/contacts/{chat.id}?session={session.id}").status_code == 404
    assert stranger.post(f"/sessions/{session.id}/contacts/{chat.id}/block", blocked="1").status_code == 404
    for nobody in ("nobody", "x" * 129, "1@lid"):
        assert user.get(f"/people/contacts/{nobody}?session={session.id}").status_code == 404
