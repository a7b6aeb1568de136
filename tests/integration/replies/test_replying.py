"""What becomes of a turn: answered once, or ended with the reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from gateway.domain.turns import TurnStatus
from gateway.store import chats, events, outgoing
from gateway.store.assistant import silence, turns, usage
from gateway.store.database import Database
from gateway.store.fence import fenced
from tests.integration.api.server import until
from tests.integration.replies.conftest import Assistant, replier
from tests.integration.store.conftest import BOB
from tests.integration.talk import CAROL


def test_a_message_is_answered_in_its_chat_and_the_answer_is_linked_to_its_turn(assistant: Assistant) -> None:
    turn = assistant.answer(assistant.talk.hear("When is the rent due?"))
    (message,) = assistant.talk.said()
    assert (message.content, message.from_me, message.status) == ("You wrote: When is the rent due?", True, "queued")
    assert message.turn_id == turn.id
    assert (turn.status, turn.reason, turn.model) == ("replied", None, "stub")
    assert turn.prompt_tokens and turn.completion_tokens and turn.latency_ms is not None
    assert turn.prompt is None and turn.output is None
    assert assistant.commands()[-1] == ("send_text", {"messageId": str(message.id)})


def test_an_owner_that_listens_needs_no_doorbell_for_an_answer(assistant: Assistant) -> None:
    shard, queue = assistant.talk.owned.shard, f"commands-{assistant.talk.owned.shard}"
    assistant.answer(assistant.talk.hear("One"))
    assert assistant.doorbells(queue) == 1
    with assistant.talk.store.connector.transaction() as connection:
        connection.execute("UPDATE gateway.shard_leases SET locked_epoch = epoch WHERE shard = %s", [shard])
    assistant.answer(assistant.talk.hear("Two"))
    assert (len(assistant.talk.said()), assistant.doorbells(queue)) == (2, 1)


def test_the_model_is_shown_the_rules_and_this_chat_and_no_other(assistant: Assistant) -> None:
    assistant.talk.hear("My code is 4711", CAROL)
    assistant.talk.hear("Hello")
    assistant.answer(assistant.talk.hear("What did Carol write?"))
    (request,) = assistant.service.requests()
    system, user = request["messages"]
    assert system["role"] == "system" and system["content"].endswith("Rent is due on the third.")
    time, _, text = user["content"].partition("\n")
    assert user["role"] == "user" and text == "Hello\nWhat did Carol write?"
    assert time.startswith("[It is ") and time.endswith("(UTC).]")
    assert "4711" not in str(request) and "Carol" not in system["content"]
    assert request["keyEnding"] == "ocal"


def test_a_later_message_is_answered_with_what_was_said_before(assistant: Assistant) -> None:
    assistant.answer(assistant.talk.hear("Rent?"))
    assistant.answer(assistant.talk.hear("And the deposit?"))
    roles = [(message["role"], message["content"]) for message in assistant.service.requests()[-1]["messages"][1:]]
    assert roles[:-1] == [("user", "Rent?"), ("assistant", "You wrote: Rent?")]
    assert roles[-1][1].endswith(".]\nAnd the deposit?")


def test_five_messages_within_the_window_get_one_answer_that_saw_all(assistant: Assistant) -> None:
    due_turns = [assistant.talk.hear(f"part {i}") for i in range(5)]
    for due in due_turns:
        assistant.answer(due)
    (message,) = assistant.talk.said()
    assert message.content == "You wrote: " + "\n".join(f"part {i}" for i in range(5))


def test_many_doorbells_of_one_turn_at_once_are_one_answer(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    assert due
    replier = assistant.make()
    with ThreadPoolExecutor(6) as pool:
        finished = list(pool.map(lambda _: replier.answer(due.turn_id), range(6)))
    assert len([turn for turn in finished if turn]) == 1
    assert len(assistant.talk.said()) == 1
    assert len(assistant.service.requests()) == 1


def test_chats_are_answered_side_by_side(assistant: Assistant) -> None:
    with assistant.thinking(assistant.talk.hear("one")):
        assert assistant.answer(assistant.talk.hear("two", CAROL)).status == "replied"
    assert len(assistant.talk.said(BOB)) == len(assistant.talk.said(CAROL)) == 1


def test_a_long_answer_is_sent_in_parts_of_one_turn_with_whatsapps_marks(assistant: Assistant) -> None:
    assistant.talk.configure(max_tokens=10_000)
    assistant.service.fault(kind="say", text="# Rent\n\n" + ("**word** " * 300 + "\n\n") * 4)
    turn = assistant.answer(assistant.talk.hear(), model_max_tokens=10_000)
    said = assistant.talk.said()
    assert len(said) == 3
    assert {message.turn_id for message in said} == {turn.id}
    assert all(message.content and len(message.content) <= 4096 for message in said)
    assert said[0].content and said[0].content.startswith("*Rent*\n\n*word* *word*")


def test_typing_is_shown_while_it_thinks_and_never_after_the_answer(assistant: Assistant) -> None:
    with assistant.thinking(assistant.talk.hear(), typing_interval_seconds=0.05):
        until(lambda: [kind for kind, _ in assistant.commands()].count("typing") >= 2)
    kinds = [kind for kind, _ in assistant.commands()]
    assert kinds[-1] == "send_text"
    assert kinds.count("typing") >= 2
    assert all(payload["composing"] for kind, payload in assistant.commands() if kind == "typing")


def test_typing_ends_when_there_is_no_answer(assistant: Assistant) -> None:
    assistant.service.fault(kind="refuse", held=True)
    with assistant.thinking(assistant.talk.hear()):
        until(assistant.commands)
    assert [(kind, payload["composing"]) for kind, payload in assistant.commands()] == [
        ("typing", True),
        ("typing", False),
    ]


def test_an_answer_that_is_there_at_once_needs_no_sign_of_typing(assistant: Assistant) -> None:
    assistant.answer(assistant.talk.hear())
    assert [kind for kind, _ in assistant.commands()] == ["send_text"]


# failures


def test_tokens_are_counted_by_day_and_a_spent_budget_ends_answers(assistant: Assistant) -> None:
    turn = assistant.answer(assistant.talk.hear())
    with assistant.talk.store.functions.transaction() as connection:
        (day,) = usage.days(connection, assistant.talk.session_id, 5)
    assert (day.prompt_tokens, day.completion_tokens) == (turn.prompt_tokens, turn.completion_tokens)
    assert (day.reserved_tokens, day.calls) == (0, 1)
    due = assistant.talk.hear("again")
    assistant.talk.configure(daily_tokens=day.total + 10)
    assert assistant.answer(due).reason == "budget_spent"
    assert len(assistant.service.requests()) == 1


def test_what_was_reserved_is_given_back_after_a_failure(assistant: Assistant) -> None:
    assistant.service.fault(kind="status", status=400)
    assistant.answer(assistant.talk.hear())
    with assistant.talk.store.functions.transaction() as connection:
        (day,) = usage.days(connection, assistant.talk.session_id, 5)
    assert (day.total, day.reserved_tokens) == (0, 0)


def test_an_answer_waits_until_the_session_may_send_again(assistant: Assistant) -> None:
    limits = {"messages_per_minute": 1}
    assistant.answer(assistant.talk.hear("one"), **limits)
    turn = assistant.answer(assistant.talk.hear("two"), **limits)
    assert turn.status == "waiting" and turn.retries == 0
    assert 50 < (turn.due_at - datetime.now(UTC)).total_seconds() <= 60
    assert len(assistant.service.requests()) == 1


def test_an_answer_that_would_come_too_late_is_not_given(assistant: Assistant) -> None:
    limits = {"messages_per_minute": 1, "turn_expiry_seconds": 30}
    assistant.answer(assistant.talk.hear("one"), **limits)
    assert assistant.answer(assistant.talk.hear("two"), **limits).reason == "paced"


def test_a_trial_is_answered_without_sending_and_costs_its_tokens(assistant: Assistant) -> None:
    turn = assistant.test("What would you say?")
    assert (turn.status, turn.output) == ("replied", "You wrote: What would you say?")
    assert turn.prompt_tokens and turn.input is None
    assert assistant.commands() == []
    [asked] = assistant.service.requests()[-1]["messages"][1:]
    assert asked["content"].endswith(".]\nWhat would you say?")


def test_a_trial_works_while_the_assistant_is_off_and_fails_without_waiting(assistant: Assistant) -> None:
    assistant.talk.configure(enabled=False)
    assert assistant.test("Hello").status == "replied"
    assistant.service.fault(kind="status", status=500)
    assert (assistant.test("Hello")).reason == "model_unavailable"


def test_prompts_are_kept_only_when_asked_for(assistant: Assistant) -> None:
    assistant.talk.configure(keep_prompts=True)
    turn = assistant.answer(assistant.talk.hear("Hello"))
    assert turn.prompt and turn.prompt[-1]["content"].endswith("\nHello")
    assert turn.output == "You wrote: Hello"


def test_every_end_is_in_the_event_log(assistant: Assistant) -> None:
    turn = assistant.answer(assistant.talk.hear())
    with assistant.talk.store.functions.transaction() as connection:
        last = events.after(connection, assistant.talk.session_id, 0, 1000)[-1]
    assert last.type == "assistant.turn"
    assert last.data == {"turnId": str(turn.id), "chatId": str(turn.chat_id), "status": "replied"}


def test_a_turn_that_was_begun_too_often_is_given_up(assistant: Assistant) -> None:
    due = assistant.talk.hear()
    for _ in range(4):
        assistant.talk.claimed(due, lease=0)
    assert assistant.answer(due).reason == "gave_up"


def test_without_sqs_the_answer_is_queued_all_the_same(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    assert assistant.answer(assistant.talk.hear()).status == "replied"
    assert len(assistant.talk.said()) == 1


def test_without_the_database_the_doorbell_is_to_be_received_again(assistant: Assistant) -> None:
    away = Database("postgresql://x:y@127.0.0.1:9/none?connect_timeout=1", wait_seconds=0.5)
    with pytest.raises(psycopg.Error):
        replier(away, assistant.models).answer(assistant.talk.session_id)
    away.close()


def test_taken_over_is_handed_back(assistant: Assistant) -> None:
    assistant.talk.hear("Mine", from_me=True, chat=BOB)
    with assistant.talk.store.functions.transaction() as connection:
        chat = chats.find(connection, assistant.talk.session_id, BOB)
        silence.hand_back(connection, assistant.talk.session_id, chat.id)
    assert assistant.answer(assistant.talk.hear()).status == "replied"


def test_two_assistants_facing_each_other_are_silent_after_one_answer(assistant: Assistant) -> None:
    """What another session's assistant wrote is recognised by the id under which it was sent."""
    assistant.answer(assistant.talk.hear("Hi"))
    (sent,) = assistant.talk.said()
    with fenced(assistant.talk.store.connector, assistant.talk.session_id, assistant.talk.owned.epoch) as fence:
        outgoing.mark_sending(fence, sent.id)
        outgoing.mark_sent(fence, sent.id, "SENTBYUS", BOB, datetime.now(UTC))
    assert assistant.talk.hear(sent.content, CAROL, message_id="SENTBYUS") is None
    assert assistant.talk.turns()[0].reason == "other_assistant"


def test_turns_page_by_chat_and_status(assistant: Assistant) -> None:
    assistant.answer(assistant.talk.hear())
    assistant.talk.hear("x", CAROL, message_type="sticker")
    with assistant.talk.store.functions.transaction() as connection:
        found = turns.page(connection, assistant.talk.session_id, status=TurnStatus.SKIPPED, limit=5)
    assert [turn.reason for turn in found] == ["unsupported_kind"]
