"""The pages as forms and links, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from markupsafe import escape

from gateway.client import Gateway, Session
from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.sessions import Reason
from tests.integration.explorer.http_user import HttpUser
from tests.owner import NUMBER, Owner
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TENANT = "+447700900102"


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


def test_a_number_is_linked_and_unlinked(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    assert "Link your first number" in user.get("/connection").text
    assert user.post("/sessions", name="office").status_code == 303
    session = next(gateway.sessions())
    owner.scan(session.id)
    session.wait_until_connected(interval=0.05)
    page = user.get("/connection").text
    assert "Connected" in page
    assert NUMBER in page
    assert user.post(f"/sessions/{session.id}/disconnect").status_code == 303
    assert any(status.status == "disconnected" for status in session.status_changes(interval=0.05))
    assert user.post(f"/sessions/{session.id}/connect").status_code == 303
    session.wait_until_connected(interval=0.05)
    assert user.post(f"/sessions/{session.id}/logout").status_code == 303
    assert any(status.status == "logged_out" for status in session.status_changes(interval=0.05))
    assert "Not linked" in user.get("/connection").text
    assert user.post(f"/sessions/{session.id}/delete").status_code == 303
    assert "Link your first number" in user.get("/connection").text


def test_the_code_is_shown_with_its_remaining_time(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    user.post("/sessions", name="office")
    session = next(gateway.sessions())
    assert any(status.qr_code for status in session.status_changes(interval=0.05))
    page = user.get("/connection").text
    assert "data:image/png;base64," in page
    assert "data-until=" in page
    assert 'data-poll="3.0"' in page


def test_who_waits_for_a_code_is_told_why(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    user.post("/sessions", name="office")
    session = next(gateway.sessions())
    assert any(status.qr_code for status in session.status_changes(interval=0.05))
    owner.lose(session.id, Reason.WAITING_TO_LINK)
    assert "a code comes in turn" in user.get("/connection").text


def test_what_is_refused_is_said_and_what_was_typed_stays(
    user: HttpUser, gateway: Gateway, make_connected: Callable[[], Session]
) -> None:
    refused = user.post("/sessions", name="x" * 101)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    session = make_connected()
    response = user.post(f"/sessions/{session.id}/messages", to="+4", text="Keep me")
    assert response.status_code == 422
    assert "Keep me</textarea>" in response.text
    assert 'value="+4"' in response.text
    wrong = user.post(f"/sessions/{session.id}/connect", number="+4")
    assert wrong.status_code == 422


def test_messages_are_sent_shown_read_and_found(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    sent = user.post(f"/sessions/{session.id}/messages", to=TENANT, text="Two\r\nlines")
    assert sent.status_code == 303
    chat = next(session.chats())
    assert sent.headers["Location"] == f"/explorer/messaging?session={session.id}&chat={chat.id}"
    assert [message.content for message in session.messages()] == ["Two\nlines"]
    owner.receive(session.id, TENANT, "Thanks", "Tenant")
    page = user.http.get(sent.headers["Location"]).text
    assert "Two\nlines" in page
    assert "Mark as read" in page
    assert user.post(f"/sessions/{session.id}/chats/{chat.id}/read").status_code == 303
    assert any(each.unread_count == 0 for _ in range(100) for each in session.chats())
    assert "Tenant" in user.get(f"/messaging?session={session.id}&search=ten").text
    assert "No chat has" in user.get(f"/messaging?session={session.id}&search=nobody").text


def test_a_search_finds_texts_and_leads_to_the_message(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "The key is under the mat, naïve as it is")
    for i in range(45):
        owner.receive(session.id, TENANT, f"text-{i}-")
    page = user.get(f"/messaging?session={session.id}&search=NAIVE").text
    assert "under the mat" in page
    link = page.partition('id="found-')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    found = user.http.get(link).text
    assert 'class="bubble theirs received found"' in found
    assert "text-44-" not in found.partition('id="thread"')[2]


def test_who_reads_decides_whether_contacts_are_told(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session, other = make_connected(), make_connected()
    owner.receive(session.id, TENANT, "one")
    chat = next(session.chats())
    page = user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    assert "Contacts see when you have read." in page
    assert '<li id="m-' in page.partition("1 unread message<")[2]
    assert page.partition("<title>")[2].startswith("(1) ")
    switched = user.post(f"/sessions/{session.id}/receipts", on="", chat=str(chat.id))
    assert switched.headers["Location"].endswith(f"chat={chat.id}")
    assert "Contacts do not see when you have read." in user.get(f"/messaging?session={session.id}").text
    assert "Contacts see when you have read." in user.get(f"/messaging?session={other.id}").text
    assert user.post(f"/sessions/{session.id}/chats/{chat.id}/read").status_code == 303
    assert any(each.unread_count == 0 for _ in range(100) for each in session.chats())
    assert owner.read_without_receipts == {chat.id}
    user.post(f"/sessions/{session.id}/receipts", on="1")
    assert "Contacts see when you have read." in user.get(f"/messaging?session={session.id}").text


def test_days_begin_at_midnight_where_they_are_read(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    for at in (datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 1, 23, 30, tzinfo=UTC)):
        owner.receive(session.id, TENANT, f"at {at:%H}", at=at)
    path = f"/messaging?session={session.id}&chat={next(session.chats()).id}"
    assert user.get(path).text.count('"heading day"') == 1
    user.http.cookies.set("explorer_zone", "Europe/Berlin", path="/explorer")
    assert user.get(path).text.count('"heading day"') == 2
    for wrong in ("Nowhere/Land", "../../etc/passwd", '"<b>'):
        user.http.cookies.set("explorer_zone", wrong, path="/explorer")
        assert user.get(path).text.count('"heading day"') == 1


def test_a_failed_message_says_so_everywhere_with_each_attempt(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    for error in (CommandError.LOOKUP_FAILED, CommandError.REFUSED):
        owner.fail_sends(error)
        if error is CommandError.LOOKUP_FAILED:
            user.post(f"/sessions/{session.id}/messages", to=TENANT, text="Hello")
            message = next(session.messages())
        else:
            user.post(f"/sessions/{session.id}/messages/{message.id}/resend")
        assert any(session.message(message.id).error == error for _ in range(200))
    page = user.get(f"/messaging?session={session.id}&chat={message.chat_id}").text
    assert "<b>Not sent:</b>" in page
    timeline = page.partition('class="timeline"')[2].partition("</ol>")[0]
    assert timeline.count("<span>Failed</span>") == 2
    for error in (CommandError.LOOKUP_FAILED, CommandError.REFUSED):
        assert str(escape(ERROR_SENTENCES[error])) in timeline
        assert str(error) not in timeline


def test_a_group_has_authors_and_a_composer_and_what_cannot_be_written_to_has_none(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "Hello all", "Tina", jid="1203630000@g.us", kind="group")
    owner.receive(session.id, TENANT, "A story", jid="status@broadcast", kind="status")
    (group,) = session.chats()
    page = user.get(f"/messaging?session={session.id}&chat={group.id}").text
    assert '<p class="author" dir="auto">Tina</p>' in page
    sent = user.post(f"/sessions/{session.id}/messages", to=str(group.id), chat=str(group.id), text="Welcome")
    assert sent.headers["Location"].endswith(f"chat={group.id}")
    assert [message.remote_jid for message in session.messages(direction="out")] == ["1203630000@g.us"]
    (status,) = session.chats(kind="status")
    assert "can be read here, not written to" in user.get(f"/messaging?session={session.id}&chat={status.id}").text


def test_the_same_message_sent_again_after_an_outage_is_sent_once(
    user: HttpUser, make_connected: Callable[[], Session]
) -> None:
    session = make_connected()
    for _ in range(2):
        assert user.post(f"/sessions/{session.id}/messages", to=TENANT, text="once", key="k1").status_code == 303
    assert [message.content for message in session.messages()] == ["once"]


def test_older_messages_are_a_link_away(user: HttpUser, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    for i in range(45):
        owner.receive(session.id, TENANT, f"text-{i}-")
    chat = next(session.chats())
    session.read(chat.id)
    assert any(each.unread_count == 0 for _ in range(200) for each in session.chats())
    page = user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    assert "text-44-" in page
    assert "text-4-" not in page
    link = page.partition('data-older href="')[2].partition('"')[0].replace("&amp;", "&")
    older = user.http.get(link).text
    assert "text-4-" in older
    assert "data-older" not in older
    assert "data-behind" in older


def test_a_page_that_did_not_change_is_not_sent_again(user: HttpUser, gateway: Gateway) -> None:
    etag = user.get("/connection").headers["ETag"]
    again = user.http.get("/explorer/connection", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    gateway.create_session("new")
    assert user.http.get("/explorer/connection", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/messaging?session=x", "/try-it"])
def test_what_is_not_there_is_a_page(user: HttpUser, path: str) -> None:
    response = user.get(path)
    assert response.status_code == 404
    assert "Not found" in response.text


def test_numbers_are_checked_while_they_are_typed(user: HttpUser) -> None:
    assert user.post("/number", number="0049 151 12345678").json() == {"number": "+4915112345678"}
    assert "country code" in user.post("/number", number="12").json()["error"]


def test_an_outage_of_the_api_is_shown_until_it_ends(user: HttpUser, api: Api) -> None:
    api.service.stop()
    try:
        away = user.get("/connection")
        assert away.status_code == 503
        assert "does not answer" in away.text
        assert 'data-poll="2.0"' in away.text
    finally:
        api.service.start()
    assert user.get("/connection").status_code == 200
