"""Sending and changing every kind of message by forms, without scripts; what is refused, and where that is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from gateway.client import Gateway, Message, Session
from tests.integration.explorer.http_user import HttpUser
from tests.owner import Owner

SignIn = Callable[[str], HttpUser]
TENANT, PLUMBER = "+447700900102", "+447700900103"


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def session(make_connected: Callable[[], Session], owner: Owner) -> Session:
    """A session to which a tenant has written."""
    session = make_connected()
    owner.receive(session.id, TENANT, "Hello", "Tenant")
    return session


@pytest.fixture
def hello(session: Session) -> Message:
    return next(session.messages())


def sent(session: Session, kind: str) -> Message:
    return next(message for message in session.messages() if message.message_type == kind)


def send(user: HttpUser, session: Session, chat: UUID, kind: str, **fields: str) -> str:
    """Send the form of a kind, which must be accepted."""
    answer = user.post(f"/sessions/{session.id}/messages", kind=kind, to=str(chat), chat=str(chat), **fields)
    assert answer.status_code == 303, answer.text
    return user.http.get(answer.headers["Location"]).text


def test_places_contacts_and_polls_are_sent_by_their_forms(user: HttpUser, session: Session, hello: Message) -> None:
    chat = hello.chat_id
    page = send(user, session, chat, "location", latitude="52,52", longitude="13.405", name="The flat")
    assert "mlat=52.520000&amp;mlon=13.405000" in page
    page = send(user, session, chat, "contacts", name="Mara", phones="+4915798765432\r\n\r\n+4915112345678")
    assert 'href="tel:+4915798765432"' in page
    page = send(user, session, chat, "poll", question="When?", options="Tuesday\r\nFriday", multiple="1")
    assert page.count("<meter ") == 2
    assert "several may be chosen" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "location", "latitude": "north", "longitude": "13"}, "The latitude must be a number of degrees"),
        ({"kind": "location", "latitude": "95", "longitude": "13"}, "latitude"),
        ({"kind": "poll", "question": "When?", "options": "Tuesday"}, "2"),
        ({"kind": "contacts", "name": "Mara", "phones": "none"}, "country code"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_itself(
    user: HttpUser, session: Session, hello: Message, fields: dict[str, str], said: str
) -> None:
    chat = str(hello.chat_id)
    refused = user.post(f"/sessions/{session.id}/messages", to=chat, chat=chat, **fields)
    notice = refused.text.partition('id="act-notice"')[2].partition("</p>")[0]
    assert (refused.status_code, said in notice) == (422, True), notice
    assert f'id="act-{fields["kind"]}"' in refused.text


def test_a_reply_shows_and_leads_to_what_it_replies_to(user: HttpUser, session: Session, hello: Message) -> None:
    path = f"/messaging?session={session.id}&chat={hello.chat_id}"
    writing = user.get(f"{path}&act=reply&on={hello.id}").text
    assert f'name="reply_to" value="{hello.id}"' in writing
    page = send(user, session, hello.chat_id, "", text="Good morning", reply_to=str(hello.id))
    link = re.search(r'class="quote" href="([^"]+)"', page)
    assert link
    assert f"at={hello.id}" in link[1]
    assert 'received found"' in user.http.get(link[1].replace("&amp;", "&")).text


def test_a_message_is_marked_forwarded_edited_and_deleted(user: HttpUser, session: Session, hello: Message) -> None:
    at = f"/sessions/{session.id}/messages"
    chat = hello.chat_id
    assert user.post(f"{at}/{hello.id}/react", emoji="👍").status_code == 303
    send(user, session, chat, "", text="Tuesday")
    own = sent(session, "text")
    assert any(session.message(own.id).message_id for _ in range(200))
    assert user.post(f"{at}/{own.id}/edit", text="Friday").status_code == 303
    assert any(session.message(own.id).content == "Friday" for _ in range(200))
    forwarded = user.post(f"{at}/{own.id}/forward", to=PLUMBER)
    assert forwarded.status_code == 303
    assert str(chat) not in forwarded.headers["Location"]
    assert user.post(f"{at}/{own.id}/pin", seconds="86400").status_code == 303
    assert user.post(f"{at}/{own.id}/delete").status_code == 303
    assert any(session.message(own.id).deleted_at for _ in range(200))
    assert "This message was deleted." in user.get(f"/messaging?session={session.id}&chat={chat}").text


def test_what_may_not_be_done_is_refused_where_it_was_asked(user: HttpUser, session: Session, hello: Message) -> None:
    refused = user.post(f"/sessions/{session.id}/messages/{hello.id}/edit", text="Never")
    assert refused.status_code == 409
    assert "Only own messages can be edited." in refused.text
    assert 'id="act-edit"' in refused.text
    assert user.post(f"/sessions/{session.id}/messages/{hello.id}/vanish").status_code == 404
    assert user.post(f"/sessions/{session.id}/messages/{uuid4()}/delete").status_code == 404


def test_an_act_that_is_none_leaves_the_composer(user: HttpUser, session: Session, hello: Message) -> None:
    path = f"/messaging?session={session.id}&chat={hello.chat_id}"
    for act in ("act=nothing", "act=edit", f"act=poll&on={hello.id}&act=x"):
        assert 'id="composer"' in user.get(f"{path}&{act}").text
    assert user.get(f"{path}&act=edit&on={uuid4()}").status_code == 404


def test_a_script_gets_a_form_of_s3_or_the_reason(
    user: HttpUser, session: Session, sign_in: SignIn, api: object
) -> None:
    given = user.post(f"/sessions/{session.id}/uploads", kind="image", name="flat.jpg")
    assert given.status_code == 200
    assert given.json()["max_bytes"] == 5_000_000
    assert given.json()["fields"]["key"].startswith(f"sessions/{session.id}/uploads/")
    refused = user.post(f"/sessions/{session.id}/uploads", kind="spell", name="flat.jpg")
    assert refused.status_code == 422
    assert refused.json()["error"]


def test_files_of_others_are_not_there(user: HttpUser, session: Session) -> None:
    for path in (f"/sessions/{session.id}/media/{uuid4()}", f"/sessions/{uuid4()}/media/{uuid4()}/thumbnail"):
        assert user.get(path).status_code == 404
