"""Messaging, page by page: what is written, read, found and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from markupsafe import escape

from gateway.client import Gateway, RefusedByWhatsApp, Session
from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.presence import TypingState
from tests.integration.explorer.http_user import HttpUser
from tests.owner import Owner

SignIn = Callable[[str], HttpUser]
TENANT = "+447700900102"


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


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


def test_what_changed_a_message_is_shown_on_it_alone(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    sent, other = session.send(TENANT, "at nine"), session.send(TENANT, "bring the key")
    session.edit(sent.id, "at ten")
    session.react(sent.id, "👍")
    session.delete_message(other.id)
    owner.fail_sends(CommandError.REFUSED)
    with pytest.raises(RefusedByWhatsApp):
        session.edit(sent.id, "at eleven")
    chat = next(session.chats())
    page = user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    thread = page.partition('id="thread"')[2]
    assert thread.count('class="bubble mine') == 3
    assert ("at ten" in thread, "This message was deleted." in thread, "at eleven" in thread) == (True, True, True)


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


def test_who_types_is_shown_where_the_number_is_available(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "Hello")
    chat = next(session.chats())
    path = f"/messaging?session={session.id}&chat={chat.id}"

    def shown() -> tuple[int, int]:
        page = user.get(path).text
        return page.count("typing…"), page.count("recording…")

    owner.show_typing(session.id, chat.id, TypingState.TYPING)
    assert shown() == (0, 0)
    session.change(presence="on_request")
    assert shown() == (0, 0)
    owner.show_typing(session.id, chat.id, TypingState.TYPING)
    assert shown() == shown() == (2, 0)
    owner.show_typing(session.id, chat.id, TypingState.RECORDING)
    assert shown() == (0, 2)
    owner.show_typing(session.id, chat.id, TypingState.PAUSED)
    assert shown() == (0, 0)


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
    assert "Tina</a></p>" in page.partition('<p class="author" dir="auto">')[2]
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
