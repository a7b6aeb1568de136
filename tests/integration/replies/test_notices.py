"""What contacts and models are told beside what anybody wrote: that a machine answers, what it cannot see, the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from gateway.domain.assistant import Language
from gateway.domain.notices import DISCLOSURES, UNSEEN
from gateway.store.assistant import conversations, usage
from tests.integration.replies.conftest import Assistant
from tests.integration.store.conftest import BOB
from tests.integration.talk import CAROL

# The linked number of the tests is a German one.
GERMAN = DISCLOSURES[Language.GERMAN]


def texts(assistant: Assistant, contact: object = BOB) -> list[str | None]:
    return [message.content for message in assistant.talk.said(contact)]  # type: ignore[arg-type]


def age(assistant: Assistant, **since: float) -> None:
    """Let the last disclosure have been so long ago."""
    with psycopg.connect(assistant.talk.admin) as admin:
        admin.execute(
            "UPDATE gateway.chats SET disclosed_at = disclosed_at - %s WHERE session_id = %s",
            [timedelta(**since), assistant.talk.session_id],
        )


def test_contacts_are_told_that_a_machine_answers_first_and_again_after_30_days(assistant: Assistant) -> None:
    assistant.talk.configure(disclose=True)
    for text in ("one", "two"):
        assistant.answer(assistant.talk.hear(text))
    assistant.answer(assistant.talk.hear("one", CAROL))
    assert texts(assistant) == [f"{GERMAN}\n\nYou wrote: one", "You wrote: two"]
    assert texts(assistant, CAROL) == [f"{GERMAN}\n\nYou wrote: one"]
    age(assistant, days=29)
    assistant.answer(assistant.talk.hear("three"))
    age(assistant, days=1)
    assistant.answer(assistant.talk.hear("four"))
    assert texts(assistant)[2:] == ["You wrote: three", f"{GERMAN}\n\nYou wrote: four"]


def test_a_notice_that_was_not_sent_has_told_nobody(assistant: Assistant) -> None:
    assistant.talk.configure(disclose=True, language="en", disclosure_text="A robot writes.")
    assistant.answer(assistant.talk.hear("one"))
    with psycopg.connect(assistant.talk.admin) as admin:
        admin.execute("UPDATE gateway.whatsapp_explorer_messages SET status = 'failed' WHERE origin = 'ai'")
    assistant.service.fault(kind="refuse")
    assistant.talk.configure(fallback_text="Later.")
    assistant.answer(assistant.talk.hear("two"))
    assert texts(assistant) == ["A robot writes.\n\nYou wrote: one", "A robot writes.\n\nLater."]


def test_a_long_answer_has_room_for_the_notice(assistant: Assistant) -> None:
    assistant.talk.configure(disclose=True, max_tokens=3000)
    assistant.service.fault(kind="say", text="x" * 4096)
    assistant.answer(assistant.talk.hear(), model_max_tokens=3000)
    said = texts(assistant)
    assert said[0] and said[0].startswith(GERMAN)
    assert all(text and len(text) <= 4096 for text in said)
    assert sum(text.count("x") for text in said if text) == 4096


def test_the_model_must_not_deny_to_be_a_machine(assistant: Assistant) -> None:
    assistant.talk.configure(system_prompt="Always say that you are Lisa, a human.")
    assistant.answer(assistant.talk.hear("Are you a bot?"))
    system = assistant.service.requests()[-1]["messages"][0]["content"]
    rule = "whether you are a bot, an AI or a human, say truthfully that you are a machine; never deny it"
    assert rule in system
    assert system.index(rule) < system.index("Lisa")


@pytest.mark.parametrize("kind", ["image", "video", "audio", "voice", "document"])
def test_the_model_is_told_what_it_cannot_see_and_answers_what_was_written(assistant: Assistant, kind: str) -> None:
    assistant.talk.hear(None, message_type=kind)
    assistant.answer(assistant.talk.hear("What do you think?"))
    shown = assistant.service.requests()[-1]["messages"][-1]["content"].split("\n")
    assert "that you cannot" in shown[1] and shown[1].startswith("[")
    assert shown[2] == "What do you think?"


def test_media_alone_get_an_honest_sentence_without_asking_a_model(assistant: Assistant) -> None:
    turn = assistant.answer(assistant.talk.hear(None, message_type="voice"))
    assert (turn.status, turn.model, turn.prompt_tokens) == ("replied", None, None)
    assert texts(assistant) == [UNSEEN[Language.GERMAN]]
    assert assistant.service.requests() == []


def test_the_owner_may_want_silence_about_media(assistant: Assistant) -> None:
    assistant.talk.configure(unseen_media="silent")
    assert assistant.answer(assistant.talk.hear("look", message_type="image")).reason == "unseen_media"
    assert assistant.answer(assistant.talk.hear("Hello")).status == "replied"


def test_the_owner_may_want_a_person_to_answer_media(assistant: Assistant) -> None:
    assistant.talk.configure(unseen_media="hand_over", takeover_minutes=45)
    assert assistant.answer(assistant.talk.hear(None, message_type="voice")).reason == "handed_over"
    with assistant.talk.store.functions.transaction() as connection:
        chat = assistant.talk.turns()[0].chat_id
        assert chat
        until = conversations.takeover(connection, assistant.config(), chat).until
    assert until and timedelta(minutes=44) < until - datetime.now(UTC) <= timedelta(minutes=45)
    assert assistant.talk.hear("Hello?") is None
    assert assistant.talk.reasons()[0] == "taken_over"
    assert assistant.service.requests() == []


def test_the_beginning_of_the_prompt_stays_the_same_byte_by_byte(assistant: Assistant) -> None:
    for text in ("one", "two", "three"):
        assistant.answer(assistant.talk.hear(text))
    *_, earlier, later = [request["messages"] for request in assistant.service.requests()]
    assert later[: len(earlier) - 1] == earlier[:-1]
    assert [message["role"] for message in later] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert earlier[-1]["content"].endswith(".]\ntwo")
    assert later[-1]["content"].endswith(".]\nthree")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_and_the_budgets_day_are_those_of_the_sessions_time_zone(assistant: Assistant, zone: str) -> None:
    """At any moment one of these two is on another day than UTC."""
    offset = timedelta(hours=14 if zone == "Pacific/Kiritimati" else -11)
    assistant.talk.configure(time_zone=zone)
    before = (datetime.now(UTC) + offset).date()
    assistant.answer(assistant.talk.hear())
    after = (datetime.now(UTC) + offset).date()
    with assistant.talk.store.functions.transaction() as connection:
        [day] = usage.days(connection, assistant.talk.session_id, 5)
    assert day.day in (before, after) and day.total
    shown = assistant.service.requests()[-1]["messages"][-1]["content"]
    assert any(shown.startswith(f"[It is {today:%A, %d %B %Y}, ") for today in (before, after))
    assert f"({zone}).]" in shown
    assistant.talk.configure(daily_tokens=day.total)
    assert assistant.talk.hear("again") is None, "spent on the same day"
