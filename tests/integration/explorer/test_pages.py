"""The pages as forms and links, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gateway.client import Gateway, Session
from gateway.domain.history import Chunk, HistoryImport
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


def test_a_session_is_renamed_where_it_stands(user: HttpUser, gateway: Gateway) -> None:
    session = gateway.create_session("ofice")
    renamed = user.post(f"/sessions/{session.id}/name?search=o&status=disconnected", name=" Office ")
    assert renamed.headers["Location"] == "/explorer/connection?search=o&status=disconnected"
    page = user.http.get(renamed.headers["Location"]).text
    assert f'<h2 id="name-{session.id}" dir="auto">Office</h2>' in page
    wrong = user.post(f"/sessions/{session.id}/name", name="a\x00b")
    assert (wrong.status_code, gateway.session(session.id).info.session_name) == (422, "Office")
    assert "Control characters are not allowed." in wrong.text
    assert 'id="rename-' in wrong.text and '" open>' in wrong.text


def test_many_sessions_are_paged_searched_and_filtered(
    user: HttpUser, gateway: Gateway, make_connected: Callable[[], Session]
) -> None:
    assert 'id="find"' not in user.get("/connection").text
    make_connected()
    for number in range(30):
        gateway.create_session(f"Room {number:02}")
    first = user.get("/connection").text
    assert "1–24 of 31" in first
    assert first.count("<article") == 24
    assert user.get("/connection?page=2").text.count("<article") == 7
    assert user.get("/connection?search=ROOM+07").text.count("<article") == 1
    assert user.get("/connection?status=connected").text.count("<article") == 1
    assert "No session has “nobody”" in user.get("/connection?search=nobody").text


def test_a_pairing_code_shows_the_time_that_is_left(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    user.post("/sessions", name="office")
    session = next(gateway.sessions())
    assert any(status.qr_code for status in session.status_changes(interval=0.05))
    assert "Use a code instead" in user.get("/connection").text
    user.post(f"/sessions/{session.id}/connect", number="+44 7700 900102")
    owner.show_pairing_code(session.id, "ABCD-EFGH")
    page = user.get("/connection").text
    assert 'data-copy="ABCD-EFGH"' in page
    assert "It can be typed for {} more." in page


def test_a_page_that_did_not_change_is_not_sent_again(user: HttpUser, gateway: Gateway) -> None:
    etag = user.get("/connection").headers["ETag"]
    again = user.http.get("/explorer/connection", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    gateway.create_session("new")
    assert user.http.get("/explorer/connection", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("tab", ["messaging", "assistant"])
def test_a_session_that_is_gone_is_said_to_be(user: HttpUser, gateway: Gateway, tab: str) -> None:
    other, gone = gateway.create_session("Elm Street"), gateway.create_session("gone")
    gone.delete()
    page = user.get(f"/{tab}?session={gone.id}")
    assert (page.status_code, "This session is gone" in page.text, "Elm Street" in page.text) == (404, True, False)
    assert str(gone.id) not in page.text
    named = user.get(f"/{tab}?new=1")
    assert (named.status_code, named.headers["Location"]) == (303, f"/explorer/{tab}?new=1&session={other.id}")


def test_tabs_carry_the_session_and_save_names_it(user: HttpUser, gateway: Gateway) -> None:
    first, second = gateway.create_session("first"), gateway.create_session("second")
    for session in (first, second):
        for tab in ("connection", "messaging", "assistant"):
            page = user.get(f"/{tab}?session={session.id}").text
            links = re.findall(r'<a href="/explorer/(?:connection|messaging|assistant)\?session=([^"&]+)"', page)
            assert set(links) == {str(session.id)}
        assert f"for {session.info.session_name}" in user.get(f"/assistant?session={session.id}").text


def test_settings_are_not_saved_into_a_session_that_is_gone(user: HttpUser, gateway: Gateway) -> None:
    session = gateway.create_session("gone")
    session.delete()
    for path in ("assistant", "disconnect", "messages"):
        refused = user.post(f"/sessions/{session.id}/{path}", to=TENANT, text="x")
        assert (refused.status_code, "This session is gone" in refused.text) == (404, True)


def test_a_script_is_told_the_ids_or_the_reason(user: HttpUser, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    user.http.headers["Accept"] = "application/json"
    sent = user.post(f"/sessions/{session.id}/messages", to=TENANT, text="Hello")
    [message] = session.messages()
    assert sent.json() == {"message": str(message.id), "chat": str(message.chat_id)}
    refused = user.post(f"/sessions/{session.id}/messages", to="+4", text="Hello")
    assert (refused.status_code, "country code" in refused.json()["error"]) == (422, True)
    session.delete()
    gone = user.post(f"/sessions/{session.id}/messages", to=TENANT, text="Hello")
    assert (gone.status_code, gone.json()["error"].startswith("This session is gone")) == (404, True)


@pytest.mark.parametrize("path", ["/nothing", "/messaging?session=x", "/try-it"])
def test_what_is_not_there_is_a_page(user: HttpUser, path: str) -> None:
    response = user.get(path)
    assert response.status_code == 404
    assert "Not found" in response.text


def test_numbers_are_checked_while_they_are_typed(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session, impossible = make_connected(), "+15215512345678"
    path = f"/sessions/{session.id}/number"
    assert user.post(path, number="0049 151 12345678").json() == {"number": "+4915112345678"}
    assert "country code" in user.post(path, number="12").json()["error"]
    assert "length" in user.post(path, number=impossible).json()["error"]
    owner.receive(session.id, impossible, "Hello")
    assert user.post(path, number="1 521 551 234 5678").json() == {"number": impossible}


def test_an_outage_of_the_api_is_shown_until_it_ends(user: HttpUser, api: Api) -> None:
    api.service.stop()
    try:
        away = user.get("/connection")
        assert away.status_code == 503
        assert "does not answer" in away.text
        assert 'data-poll="2.0"' in away.text
        form = user.post("/sessions", name="office")
        assert (form.status_code, 'data-poll="0"' in form.text) == (503, True)
    finally:
        api.service.start()
    assert user.get("/connection").status_code == 200


def test_how_far_back_old_chats_go_is_chosen_at_linking(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    for days in ("0", "x", "99999"):
        refused = user.post("/sessions", name="office", history="full", days=days)
        assert (refused.status_code, "Old chats go back 1 to 3,650 days" in refused.text) == (422, True)
    assert user.post("/sessions", name="office", history="everything").status_code == 422
    assert list(gateway.sessions()) == []
    user.post("/sessions", name="office", history="full", days="30")
    session = next(gateway.sessions())
    assert (session.info.history, session.info.history_days) == ("full", 30)
    user.post(f"/sessions/{session.id}/disconnect")
    assert any(status.status == "disconnected" for status in session.status_changes(interval=0.05))
    assert '<option value="full" selected>' in user.get("/connection").text
    user.post(f"/sessions/{session.id}/connect", history="none", days="7")
    assert (session.refresh().history, session.info.history_days) == ("none", None)


def test_the_import_of_old_chats_shows_its_progress(user: HttpUser, gateway: Gateway, owner: Owner) -> None:
    user.post("/sessions", name="office", history="recent")
    session = next(gateway.sessions())
    assert session.info.history == "recent"
    owner.scan(session.id)
    session.wait_until_connected(interval=0.05)
    assert "they come within minutes" in user.get("/connection").text
    begun = HistoryImport().advanced(1234, [Chunk(3, 1, 40)], datetime.now(UTC)).announced(7, datetime.now(UTC))
    owner.note_history(session.id, begun)
    page = user.get("/connection").text
    assert '<progress id="past-' in page and 'value="40" max="100"' in page and "1,234 messages" in page
    owner.note_history(session.id, begun.finished(7, datetime.now(UTC)))
    page = user.get("/connection").text
    assert "1,234 messages from 7 old chats were imported; some did not come" in page
