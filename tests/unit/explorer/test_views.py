"""What a message says in the Explorer beside its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.explorer.message_view import MessageView, snippet
from functions.explorer.pages import _templates
from gateway.client import Message
from tests.unit.client.test_models import JSON


def view(**changes: Any) -> MessageView:
    return MessageView(Message.model_validate(JSON | changes))


def bubble(shown: MessageView) -> str:
    return str(_templates.get_template("bubbles.html").module.body(shown, ""))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        (JSON["details"], ["Chosen: mon"]),
        (
            {"kind": "order", "itemCount": 1, "total": {"value": "45.50", "currency": "EUR"}, "text": "Please"},
            ["1 item, 45.50 EUR", "Please"],
        ),
        (
            {"kind": "event", "startsAt": "2026-12-01T10:00:00.000Z", "canceled": True},
            ["Canceled", "2026-12-01 10:00 UTC"],
        ),
        (None, []),
    ],
)
def test_what_a_message_holds_is_said_in_words(details: dict[str, Any] | None, lines: list[str]) -> None:
    assert view(details=details).lines == lines


def test_a_bubble_shows_quote_and_details_and_escapes_both() -> None:
    shown = view(
        quote={"messageId": "3EB0Q", "text": "<b>Which</b>?"}, details={"kind": "poll", "options": ["<i>Mon</i>"]}
    )
    html = bubble(shown)
    assert "&lt;b&gt;Which&lt;/b&gt;?</blockquote>" in html
    assert '<span dir="auto">&lt;i&gt;Mon&lt;/i&gt;</span>' in html


def test_a_quote_without_a_text_says_what_was_quoted() -> None:
    assert view(quote={"messageId": "3EB0Q", "messageType": "image"}).quote == "Photo"
    assert view(quote=None).quote == ""


def test_nothing_of_a_deleted_message_is_shown() -> None:
    assert view(deletedAt=datetime.now(UTC).isoformat()).lines == []


def test_a_forwarded_message_says_so() -> None:
    assert bubble(view(forwarded=True)).count("Forwarded</p>") == 1
    assert view(forwarded=True, frequentlyForwarded=True).forwarded == "Forwarded many times"
    assert view(forwarded=True, deletedAt=datetime.now(UTC).isoformat()).forwarded == ""


def test_who_is_mentioned_is_named_in_bubble_and_list() -> None:
    ana = {"jid": "118367280017461@lid", "lid": "118367280017461@lid", "phoneNumber": "+4915112345678", "name": "Ana"}
    shown = view(content="Ask @118367280017461 or @4915112345678", mentions=[ana], details=None)
    assert shown.text.striptags() == "Ask @Ana or @Ana"
    assert snippet(shown.message) == "Ask @Ana or @Ana"


def test_a_message_says_who_deleted_it() -> None:
    def said(by: dict[str, Any], **changes: Any) -> str:
        sender = {"senderPhoneNumber": author, "deletedAt": datetime.now(UTC).isoformat()}
        return view(deletedBy=by, **sender, **changes).kind

    author = "+447700900102"
    assert said({"fromMe": False, "phoneNumber": author}) == "This message was deleted."
    assert said({"fromMe": False, "phoneNumber": "+447700900109"}) == "An admin deleted this message."
    assert said({"fromMe": True}) == "You deleted this message as an admin."
    assert said({"fromMe": True}, fromMe=True) == "This message was deleted."


def test_an_edited_message_has_its_earlier_texts() -> None:
    at = [datetime(2026, 1, 1, hour, tzinfo=UTC).isoformat() for hour in (9, 10, 11)]
    edits = [{"content": "at nine", "at": at[0]}, {"content": "at ten", "at": at[1]}]
    shown = view(editedAt=at[2], edits=edits).timeline
    assert [(each.label, each.was) for each in shown if each.was] == [("Said first", "at nine"), ("Edited", "at ten")]
    assert [each.was for each in view(deletedAt=at[2], edits=edits).timeline if each.was] == []
