"""The WhatsApp Business app on the phone greets new contacts by itself; it looks as if the owner had typed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.replies.conftest import Assistant, assistant, service, talk  # noqa: F401 (fixtures)
from tests.integration.store.conftest import (  # noqa: F401 (fixtures)
    BOB,
    linked,
    make_session,
    owned,
    store,
    user,
)

NOW = timedelta()


def hear(assistant: Assistant, text: str, ago: timedelta) -> None:  # noqa: F811
    assistant.talk.hear(text, timestamp=datetime.now(UTC) - ago)


def typed_on_the_phone(assistant: Assistant, text: str, ago: timedelta = NOW) -> None:  # noqa: F811
    assistant.talk.hear(text, from_me=True, chat=BOB, timestamp=datetime.now(UTC) - ago)


@pytest.mark.parametrize("before", [None, timedelta(days=15)])
def test_a_greeting_is_no_takeover(assistant: Assistant, before: timedelta | None) -> None:  # noqa: F811
    if before:
        hear(assistant, "long ago", before)
    due = assistant.talk.hear("Hello", timestamp=datetime.now(UTC) - timedelta(seconds=2))
    typed_on_the_phone(assistant, "Thank you for contacting us!", timedelta(seconds=1))
    assert assistant.answer(due).status == "replied"


def test_what_a_person_types_is_one(assistant: Assistant) -> None:  # noqa: F811
    due = assistant.talk.hear("Hello", timestamp=datetime.now(UTC) - timedelta(seconds=20))
    typed_on_the_phone(assistant, "Hi, this is Ann", timedelta(seconds=10))
    assert assistant.answer(due).reason == "taken_over"


def test_what_a_person_sends_just_when_the_next_message_comes_is_one(assistant: Assistant) -> None:  # noqa: F811
    assistant.talk.hear("Hello", timestamp=datetime.now(UTC) - timedelta(seconds=30))
    due = assistant.talk.hear("Anybody there?", timestamp=datetime.now(UTC) - timedelta(seconds=1))
    typed_on_the_phone(assistant, "Yes, I am typing since a while")
    assert assistant.answer(due).reason == "taken_over"
