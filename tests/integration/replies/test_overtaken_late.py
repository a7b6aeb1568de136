"""Messages that can be read later than newer ones, and runs whose turn ends elsewhere meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from gateway.domain.kinds import UNDECRYPTABLE
from gateway.domain.phone import Address
from gateway.domain.turns import DueTurn
from gateway.store import chats, placeholders
from gateway.store.assistant import configs, intake, usage
from gateway.store.assistant.usage import DayUsage, UserBudget
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from tests.integration.replies.conftest import Assistant
from tests.integration.store.conftest import BOB
from tests.integration.talk import reserve


def a_while_ago() -> datetime:
    """Young enough to be answered."""
    return datetime.now(UTC) - timedelta(seconds=20)


def spent(assistant: Assistant) -> DayUsage:
    with assistant.talk.store.functions.transaction() as connection:
        [day] = usage.days(connection, assistant.talk.session_id, 5)
    return day


def sealed(assistant: Assistant, message_id: str) -> None:
    assistant.talk.hear(None, message_type=UNDECRYPTABLE, message_id=message_id)


def unsealed(assistant: Assistant, message_id: str, text: str) -> DueTurn | None:
    """The message comes again and can be read now."""
    message = Incoming(message_id, BOB, BOB, False, datetime.now(UTC), "text", text)
    owned = assistant.talk.owned
    with fenced(assistant.talk.store.connector, owned.session_id, owned.epoch) as fence:
        stored = placeholders.fill_in(fence, message)
        assert stored
        turn = intake.on_message(fence, configs.get(fence.connection, fence.session_id), message, stored)
    return turn.fetchone() if turn else None


def test_a_message_that_is_decrypted_late_is_answered_together_with_a_newer_one(assistant: Assistant) -> None:
    sealed(assistant, "LATE")
    newer = assistant.talk.hear("newer")
    late = unsealed(assistant, "LATE", "older")
    assert newer and late and newer.turn_id == late.turn_id
    assert assistant.answer(late).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: older\nnewer"]


def test_one_that_is_decrypted_after_the_answer_is_answered_for_itself(assistant: Assistant) -> None:
    sealed(assistant, "LATE")
    assistant.answer(assistant.talk.hear("newer"))
    assert assistant.answer(unsealed(assistant, "LATE", "older")).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: newer", "You wrote: older"]


def test_one_that_is_decrypted_while_it_thinks_is_answered_with_the_rest(assistant: Assistant) -> None:
    sealed(assistant, "LATE")
    due = assistant.talk.hear("newer")
    with assistant.thinking(due):
        later = unsealed(assistant, "LATE", "older")
    assert due and assistant.talk.turn(due.turn_id).status == "superseded"
    assert assistant.answer(later).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: older\nnewer"]


def test_one_that_is_stored_late_is_answered_in_the_order_of_whatsapps_time(assistant: Assistant) -> None:
    newer = assistant.talk.hear("newer")
    late = assistant.talk.hear("older", timestamp=a_while_ago())
    assert newer and late and newer.turn_id == late.turn_id
    assert assistant.answer(late).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: older\nnewer"]


def test_one_that_is_stored_after_the_answer_is_answered_once_for_itself(assistant: Assistant) -> None:
    answered = assistant.answer(assistant.talk.hear("newer"))
    late = assistant.talk.hear("older", timestamp=a_while_ago())
    assert assistant.answer(late).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: newer", "You wrote: older"]
    assert assistant.talk.turn(answered.id).status == "replied"


def test_one_that_is_stored_while_it_thinks_is_answered_with_the_rest(assistant: Assistant) -> None:
    due = assistant.talk.hear("newer")
    with assistant.thinking(due):
        later = assistant.talk.hear("older", timestamp=a_while_ago())
    assert due and assistant.talk.turn(due.turn_id).status == "superseded"
    assert assistant.answer(later).status == "replied"
    assert [message.content for message in assistant.talk.said()] == ["You wrote: older\nnewer"]


def test_a_run_that_died_gives_back_what_it_had_reserved(assistant: Assistant) -> None:
    due = assistant.talk.hear("one")
    turn = assistant.talk.claimed(due, lease=0)
    with assistant.talk.replies.transaction() as connection:
        assert reserve(connection, turn, 5000, None, UserBudget(assistant.talk.owned.user, 1_000_000))
    answered = assistant.answer(assistant.talk.hear("two"))
    assert due and assistant.talk.turn(due.turn_id).status == "superseded"
    assert (answered.status, spent(assistant).reserved_tokens) == ("replied", 0)
    with assistant.talk.store.functions.transaction() as connection:
        assert usage.spent_of_user(connection, assistant.talk.owned.user) == spent(assistant).total


def test_a_run_whose_turn_waits_again_since_chats_were_merged_is_paid_for(assistant: Assistant) -> None:
    lid, phone = Address("100000000000042@lid", None), Address(None, "+15550004242")
    assistant.talk.hear("first", lid)
    due = assistant.talk.hear("second", phone)
    with assistant.thinking(due):
        other = assistant.talk.turns()[1]
        with psycopg.connect(assistant.talk.admin) as admin:
            admin.execute("UPDATE gateway.turns SET status = 'running', lease_until = now() WHERE id = %s", [other.id])
        owned = assistant.talk.owned
        with fenced(assistant.talk.store.connector, owned.session_id, owned.epoch) as fence:
            chats.with_person(fence.connection, owned.session_id, Address(lid.lid, phone.phone_number))
    assert due and assistant.talk.turn(due.turn_id).status == "waiting"
    day = spent(assistant)
    assert (day.reserved_tokens, day.calls) == (0, 1)
    assert day.total > 0
