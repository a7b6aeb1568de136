"""Contacts by forms, without scripts: listed, found, opened, blocked, and picked for a new message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.client import Gateway, Session
from gateway.domain.contacts import Names
from gateway.domain.phone import Address
from gateway.store.contacts import Entry
from tests.integration.explorer.http_user import HttpUser
from tests.owner import Owner
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TENANT, PLUMBER = "+447700900102", "+447700900103"


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
