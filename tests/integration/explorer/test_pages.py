"""The pages as forms and links, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.client import Gateway, Session
from tests.integration.explorer.visitor import Visitor
from tests.owner import NUMBER, Owner
from tests.people import Api

Visit = Callable[[str], Visitor]
TENANT = "+447700900102"


@pytest.fixture
def visitor(visit: Visit, gateway: Gateway) -> Visitor:
    return visit(gateway._http.headers["X-API-Key"])


def test_a_number_is_linked_and_unlinked(visitor: Visitor, gateway: Gateway, owner: Owner) -> None:
    assert "Link your first number" in visitor.get("/connection").text
    assert visitor.post("/sessions", name="office").status_code == 303
    session = next(gateway.sessions())
    owner.scan(session.id)
    session.wait_until_connected(interval=0.05)
    page = visitor.get("/connection").text
    assert "Connected" in page
    assert NUMBER in page
    assert visitor.post(f"/sessions/{session.id}/disconnect").status_code == 303
    assert any(status.status == "disconnected" for status in session.status_changes(interval=0.05))
    assert visitor.post(f"/sessions/{session.id}/connect").status_code == 303
    session.wait_until_connected(interval=0.05)
    assert visitor.post(f"/sessions/{session.id}/logout").status_code == 303
    assert any(status.status == "logged_out" for status in session.status_changes(interval=0.05))
    assert "Not linked" in visitor.get("/connection").text
    assert visitor.post(f"/sessions/{session.id}/delete").status_code == 303
    assert "Link your first number" in visitor.get("/connection").text


def test_the_code_is_shown_with_the_time_it_is_worth(visitor: Visitor, gateway: Gateway, owner: Owner) -> None:
    visitor.post("/sessions", name="office")
    session = next(gateway.sessions())
    assert any(status.qr_code for status in session.status_changes(interval=0.05))
    page = visitor.get("/connection").text
    assert "data:image/png;base64," in page
    assert "data-until=" in page
    assert 'data-poll="3.0"' in page


def test_what_is_refused_is_said_and_what_was_typed_stays(
    visitor: Visitor, gateway: Gateway, make_connected: Callable[[], Session]
) -> None:
    refused = visitor.post("/sessions", name="x" * 101)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    session = make_connected()
    answer = visitor.post(f"/sessions/{session.id}/messages", to="+4", text="Keep me")
    assert answer.status_code == 422
    assert "Keep me</textarea>" in answer.text
    assert 'value="+4"' in answer.text
    wrong = visitor.post(f"/sessions/{session.id}/connect", number="+4")
    assert wrong.status_code == 422


def test_messages_are_sent_shown_read_and_found(
    visitor: Visitor, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    sent = visitor.post(f"/sessions/{session.id}/messages", to=TENANT, text="Two\r\nlines")
    assert sent.status_code == 303
    chat = next(session.chats())
    assert sent.headers["Location"] == f"/explorer/messaging?session={session.id}&chat={chat.id}"
    assert [message.content for message in session.messages()] == ["Two\nlines"]
    owner.receive(session.id, TENANT, "Thanks", "Tenant")
    page = visitor.http.get(sent.headers["Location"]).text
    assert "Two\nlines" in page
    assert "Mark as read" in page
    assert visitor.post(f"/sessions/{session.id}/chats/{chat.id}/read").status_code == 303
    assert any(each.unread_count == 0 for _ in range(100) for each in session.chats())
    assert "Tenant" in visitor.get(f"/messaging?session={session.id}&search=ten").text
    assert "No chat has" in visitor.get(f"/messaging?session={session.id}&search=nobody").text


def test_the_same_message_sent_again_after_an_outage_is_sent_once(
    visitor: Visitor, make_connected: Callable[[], Session]
) -> None:
    session = make_connected()
    for _ in range(2):
        assert visitor.post(f"/sessions/{session.id}/messages", to=TENANT, text="once", key="k1").status_code == 303
    assert [message.content for message in session.messages()] == ["once"]


def test_older_messages_are_a_link_away(visitor: Visitor, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    for i in range(45):
        owner.receive(session.id, TENANT, f"text-{i}-")
    chat = next(session.chats())
    page = visitor.get(f"/messaging?session={session.id}&chat={chat.id}").text
    assert "text-44-" in page
    assert "text-4-" not in page
    link = page.partition('data-older href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "text-4-" in visitor.http.get(link).text


def test_a_page_that_did_not_change_is_not_sent_again(visitor: Visitor, gateway: Gateway) -> None:
    tag = visitor.get("/connection").headers["ETag"]
    again = visitor.http.get("/explorer/connection", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    gateway.create_session("new")
    assert visitor.http.get("/explorer/connection", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/messaging?session=x", "/try-it"])
def test_what_is_not_there_is_a_page(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_numbers_are_checked_while_they_are_typed(visitor: Visitor) -> None:
    assert visitor.post("/number", number="0049 151 12345678").json() == {"number": "+4915112345678"}
    assert "country code" in visitor.post("/number", number="12").json()["error"]


def test_an_api_that_is_away_is_told_and_comes_back(visitor: Visitor, api: Api) -> None:
    api.service.stop()
    try:
        away = visitor.get("/connection")
        assert away.status_code == 503
        assert "does not answer" in away.text
        assert 'data-poll="2.0"' in away.text
    finally:
        api.service.start()
    assert visitor.get("/connection").status_code == 200
