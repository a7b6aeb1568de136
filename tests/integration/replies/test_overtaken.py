"""What happens to a turn while it waits, or while the model thinks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from gateway.domain.outbound import Text
from gateway.store import outgoing
from gateway.store.drafts import Draft
from tests.integration.replies.conftest import Assistant
from tests.integration.store.conftest import BOB, PACING, read


def test_what_is_written_while_it_thinks_is_answered_together_with_the_rest(assistant: Assistant) -> None:
    due = assistant.talk.hear("Rent?")
    with assistant.thinking(due):
        later = assistant.talk.hear("Sorry, the deposit!")
    assert due and later and later.turn_id != due.turn_id
    first = assistant.talk.turn(due.turn_id)
    assert (first.status, first.superseded_by) == ("superseded", later.turn_id)
    assert first.prompt_tokens
    assert assistant.doorbells() == 1, "the turn behind it is woken"
    assistant.answer(later)
    (message,) = assistant.talk.said()
    assert message.content == "You wrote: Rent?\nSorry, the deposit!"


def test_who_never_stops_writing_is_answered_all_the_same(assistant: Assistant) -> None:
    due = assistant.talk.hear("one")
    for text in ("two", "three"):
        with assistant.thinking(due):
            due = assistant.talk.hear(text)
    (message,) = assistant.talk.said()
    assert message.content == "You wrote: one\ntwo"
    assistant.answer(due)
    assert assistant.talk.said()[-1].content == "You wrote: three"


def test_a_person_who_takes_over_while_it_thinks_is_not_talked_into(assistant: Assistant) -> None:
    # Within seconds it would be the greeting of the WhatsApp Business app.
    due = assistant.talk.hear(timestamp=datetime.now(UTC) - timedelta(seconds=10))
    with assistant.thinking(due):
        assistant.talk.hear("I am on it", from_me=True, chat=BOB)
    assert due
    turn = assistant.talk.turn(due.turn_id)
    assert (turn.status, turn.reason) == ("skipped", "taken_over")
    assert turn.prompt_tokens, "it was paid for"
    assert assistant.talk.said() == []


def test_a_person_who_answers_through_the_api_before_it_begins_is_enough(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    with assistant.talk.store.functions.transaction() as connection:
        outgoing.queue(
            connection, read(assistant.talk.store, assistant.talk.owned), Draft(BOB, Text("I am here")), PACING, 60
        )
    assert assistant.answer(due).reason == "taken_over"
    assert assistant.service.requests() == []


def test_switched_off_while_it_waits_it_says_nothing(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    assistant.talk.configure(enabled=False)
    assert assistant.answer(due).reason == "disabled"


def test_a_deleted_session_says_nothing(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    with psycopg.connect(assistant.talk.admin) as admin:
        admin.execute(
            "UPDATE gateway.whatsapp_sessions SET is_active = false WHERE id = %s", [assistant.talk.session_id]
        )
    assert assistant.answer(due).reason == "disabled"


def test_a_run_that_lost_its_turn_sends_nothing(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    with assistant.thinking(due), psycopg.connect(assistant.talk.admin) as admin:
        admin.execute("UPDATE gateway.turns SET claim = claim + 1")
    assert assistant.talk.said() == []
