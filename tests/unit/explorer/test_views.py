"""What a message says in the Explorer beside its text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.explorer.message_view import MessageView
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
