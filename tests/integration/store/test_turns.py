"""Turns, usage and conversations, with the rights of the roles that use them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from gateway.domain.phone import Address
from gateway.domain.turns import DueTurn, Failure, TurnStatus
from gateway.store import incoming
from gateway.store.assistant import configs, conversations, turns, usage
from gateway.store.assistant.running import ask_claimed
from gateway.store.assistant.turns import Outcome
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.incoming import Incoming
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import BOB, Owned, Store
from tests.integration.talk import CAROL, Talk, reserve, talking

DORA = Address("100000000000009@lid", "+15550009009")
GROUP = "120363000000000000@g.us"


@pytest.fixture
def talk(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Talk]:
    with talking(store, linked, module_database) as talk:
        yield talk


def test_while_the_assistant_is_off_nothing_is_recorded(talk: Talk) -> None:
    talk.configure(enabled=False)
    assert talk.hear() is None
    assert talk.turns() == []


def test_messages_within_the_window_are_one_turn_whose_time_moves_on(talk: Talk) -> None:
    talk.configure(debounce_seconds=4)
    bells = [talk.hear(text) for text in ("one", "two", "three")]
    (turn,) = talk.turns()
    assert {bell.turn_id for bell in bells if bell} == {turn.id}
    assert all(bell and 3.5 < bell.delay_seconds < 4.1 for bell in bells)
    assert turn.first_message_id != turn.last_message_id
    assert talk.claim(bells[-1]) is None, "not due yet"


def test_a_burst_is_answered_in_the_end_however_long_it_goes_on(talk: Talk) -> None:
    talk.configure(debounce_seconds=4)
    assert (bell := talk.hear())
    with psycopg.connect(talk.admin) as admin:
        admin.execute("UPDATE gateway.turns SET created_at = created_at - interval '19 seconds'")
    assert (later := talk.hear("still here"))
    assert later.turn_id == bell.turn_id
    assert 0.1 < later.delay_seconds < 1.1


def test_a_turn_is_claimed_once_by_however_many_try(talk: Talk) -> None:
    bell = talk.hear()
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: talk.claim(bell), range(8)))
    assert len([claim for claim in claims if claim]) == 1


def test_one_turn_of_a_chat_runs_at_a_time_and_other_chats_are_not_held_up(talk: Talk) -> None:
    first = talk.claimed(talk.hear("one"))
    second = talk.hear("two")
    assert talk.claim(second) is None
    assert talk.claim(talk.hear("other", CAROL))
    with talk.replies.transaction() as connection:
        turns.finish(connection, first.id, Outcome(TurnStatus.REPLIED))
    assert talk.claim(second)


def test_a_run_that_died_is_taken_again_and_the_dead_one_can_end_nothing(talk: Talk) -> None:
    bell = talk.hear()
    dead = talk.claimed(bell, lease=0)
    alive = talk.claimed(bell)
    assert (dead.id, dead.claim + 1) == (alive.id, alive.claim)
    with talk.replies.transaction() as connection:
        assert ask_claimed(connection, dead).fetchone() is None
        assert ask_claimed(connection, alive).fetchone()


def test_a_run_that_died_gives_way_to_the_turn_behind_it_with_its_messages(talk: Talk) -> None:
    dead = talk.claimed(talk.hear("one"), lease=0)
    behind = talk.claimed(talk.hear("two"))
    assert behind.first_message_id == dead.first_message_id
    assert (talk.turn(dead.id).status, talk.turn(dead.id).superseded_by) == ("superseded", behind.id)


def test_a_turn_that_is_over_is_not_claimed_again(talk: Talk) -> None:
    bell = talk.hear()
    turn = talk.claimed(bell)
    with talk.replies.transaction() as connection:
        turns.finish(connection, turn.id, Outcome(TurnStatus.REPLIED, model="m", prompt_tokens=3, completion_tokens=4))
        turns.finish(connection, turn.id, Outcome(TurnStatus.FAILED, Failure.EMPTY))
    assert talk.claim(bell) is None
    ended = talk.turn(turn.id)
    assert (ended.status, ended.prompt_tokens, ended.reason) == ("replied", 3, None)


def test_postponed_it_waits_and_what_is_written_meanwhile_does_not_hasten_it(talk: Talk) -> None:
    bell = talk.hear()
    turn = talk.claimed(bell)
    with talk.replies.transaction() as connection:
        waiting = turns.postpone(connection, turn, 30, is_retry=True)
    assert (waiting.id, waiting.status, waiting.retries) == (turn.id, "waiting", 1)
    assert (later := talk.hear("Hello?")) and later.turn_id == turn.id
    assert 25 < later.delay_seconds < 30.1
    assert talk.claim(later) is None


def test_postponed_while_another_waits_it_leaves_everything_to_that_one(talk: Talk) -> None:
    turn = talk.claimed(talk.hear("one"))
    behind = talk.hear("two")
    with talk.replies.transaction() as connection:
        waiting = turns.postpone(connection, turn, 0, is_retry=True)
    assert behind and waiting.id == behind.turn_id
    assert (waiting.first_message_id, waiting.retries) == (turn.first_message_id, 1)
    assert talk.turn(turn.id).status == "superseded"


@pytest.mark.parametrize("running", ["neither", "by number", "by LID", "both"])
def test_turns_of_two_chats_that_prove_to_be_one_leave_no_message_unanswered(talk: Talk, running: str) -> None:
    texts = ["by number", "by LID"]
    heard = [
        talk.hear(text, address)
        for text, address in zip(texts, [Address(phone_number=DORA.phone_number), Address(lid=DORA.lid)], strict=True)
    ]
    runs = [talk.claimed(bell) for text, bell in zip(texts, heard, strict=True) if running in (text, "both")]
    first = talk.hear("the same person", DORA)
    assert first
    left = [turn for turn in talk.turns() if turn.status in ("waiting", "running")]
    with talk.replies.transaction() as connection:
        alive = [turn for run in runs if (turn := ask_claimed(connection, run).fetchone())]
        assert len(alive) == min(len(runs), 1), "of two runs one goes on"
        for turn in alive:
            turns.finish(connection, turn.id, Outcome(TurnStatus.REPLIED))
    last = talk.claimed(first)
    with talk.replies.transaction() as connection:
        window = configs.get(connection, talk.session_id).window
        history, pending = conversations.HistoryQuery(connection, last, window).read()
    assert sorted(turn.status for turn in left) == ["running"] * len(alive) + ["waiting"]
    answered = {message for turn in (*alive, last) for message in (turn.first_message_id, turn.last_message_id)}
    assert {turn.last_message_id for turn in (*runs, last)} <= answered
    assert {line.text for line in (*history, *pending)} == {*texts, "the same person"}
    assert "the same person" in [line.text for line in pending]


def test_the_budget_is_reserved_settled_and_released(talk: Talk) -> None:
    turn, other = talk.claimed(talk.hear()), talk.claimed(talk.hear("x", CAROL))
    with talk.replies.transaction() as connection:
        assert reserve(connection, turn, 600, 1000)
        assert not reserve(connection, other, 600, 1000)
        assert reserve(connection, turn, 400, 1000), "what it had before is given back first"
        assert reserve(connection, other, 600, 1000)
        usage.settle(connection, turn.id, 100, 50)
        usage.release(connection, other.id)
        usage.settle(connection, turn.id, 100, 50)
        (day,) = usage.days(connection, talk.session_id, 10)
    assert (day.prompt_tokens, day.completion_tokens, day.reserved_tokens, day.calls) == (100, 50, 0, 1)


def test_without_a_limit_everything_may_be_reserved_and_the_first_of_a_day_obeys_it_too(talk: Talk) -> None:
    turn = talk.claimed(talk.hear())
    with talk.replies.transaction() as connection:
        assert not reserve(connection, turn, 1001, 1000)
        assert reserve(connection, turn, 10**9, None)


def test_when_the_budget_is_spent_messages_are_skipped(talk: Talk) -> None:
    turn = talk.claimed(talk.hear())
    with talk.replies.transaction() as connection:
        usage.reserve(connection, turn, 10, None)
        usage.settle(connection, turn.id, 900, 100)
    talk.configure(daily_tokens=1000)
    assert talk.hear() is None
    assert talk.reasons()[0] == "budget_spent"
    talk.configure(daily_tokens=1001)
    assert talk.hear()


def test_what_a_model_is_shown_is_of_one_chat_and_what_is_to_be_answered_is_apart(talk: Talk) -> None:
    talk.hear("secret of Carol", CAROL)
    turn = talk.claimed(talk.hear("one", message_id="ONE"))
    with talk.replies.transaction() as connection:
        turns.finish(connection, turn.id, Outcome(TurnStatus.REPLIED))
    later = talk.claimed(talk.hear("two", quoted_id="ONE"))
    with talk.replies.transaction() as connection:
        config = configs.get(connection, talk.session_id)
        history, pending = conversations.HistoryQuery(connection, later, config.window).read()
        candidate = conversations.ask_candidate(connection, later.id).fetchone()
    assert [line.text for line in history] == ["one"]
    assert [(line.text, line.quoted) for line in pending] == [("two", "one")]
    assert candidate and candidate.inbound.text == "two"
    assert candidate.inbound.sender == BOB


def test_a_message_that_was_deleted_meanwhile_is_not_shown_and_not_answered(talk: Talk) -> None:
    bell = talk.hear("oops", message_id="OOPS")
    gone = Incoming("DELETE", BOB, BOB, False, datetime.now(UTC), "delete", target_id="OOPS", target_own=True)
    with fenced(talk.store.connector, talk.session_id, talk.owned.epoch) as fence:
        assert incoming.change(fence, gone)
    turn = talk.claimed(bell)
    with talk.replies.transaction() as connection:
        config = configs.get(connection, talk.session_id)
        assert conversations.HistoryQuery(connection, turn, config.window).read() == ([], [])
        assert conversations.ask_candidate(connection, turn.id).fetchone() is None


def test_chats_that_prove_to_be_one_keep_one_turn(talk: Talk) -> None:
    lid, phone = Address(lid="100000000000042@lid"), Address(phone_number="+15550004242")
    first, second = talk.hear("by lid", lid), talk.hear("by number", phone)
    talk.hear("both", Address(lid.lid, phone.phone_number))
    assert first and second
    states = {turn.id: turn.status for turn in talk.turns()}
    assert sorted(states.values()) == ["superseded", "waiting"]
    (waiting,) = [turn_id for turn_id, status in states.items() if status == "waiting"]
    assert talk.claim(DueTurn(waiting))


def test_a_test_turn_has_no_chat_and_forgets_its_text(talk: Talk) -> None:
    with talk.store.functions.transaction() as connection:
        asked = turns.request_test(connection, talk.session_id, "What would you say?")
    turn = talk.claimed(DueTurn(asked.id))
    assert turn.is_test and turn.input == "What would you say?"
    with talk.replies.transaction() as connection:
        turns.finish(connection, turn.id, Outcome(TurnStatus.REPLIED, output="This."))
    assert (talk.turn(turn.id).input, talk.turn(turn.id).output) == (None, "This.")


def test_problems_pause_after_a_number_of_them_and_new_settings_or_a_success_forget_them(talk: Talk) -> None:
    session_id = talk.session_id
    with talk.replies.transaction() as connection:
        for _ in range(2):
            configs.record_problem(
                connection, session_id, Failure.TIMEOUT, "after 25 s", pause=timedelta(minutes=5), after=2
            )
        config = configs.get(connection, session_id)
        assert config.paused_until and (config.failures, config.problem) == (2, "model_timeout")
        configs.record_success(connection, session_id)
        assert configs.get(connection, session_id).paused_until is None
        configs.record_problem(connection, session_id, Failure.KEY_REFUSED, None, pause=timedelta(1), after=1)
    talk.configure(model="other")
    with talk.replies.transaction() as connection:
        config = configs.get(connection, session_id)
    assert (config.problem, config.paused_until, config.model, config.debounce_seconds) == (None, None, "other", 0)


def test_the_key_is_written_by_the_api_and_read_by_the_replies_role_alone(talk: Talk) -> None:
    session_id = talk.session_id
    with talk.store.functions.transaction() as connection:
        configs.set_key(connection, session_id, b"ciphertext", "abcd")
        assert configs.put(connection, session_id, {"model": "m"}).key_last4 == "abcd"
    with talk.replies.transaction() as connection:
        assert configs.encrypted_key(connection, session_id) == b"ciphertext"
    for database in (talk.store.functions, talk.store.connector):
        with pytest.raises(InsufficientPrivilege), database.transaction() as connection:
            configs.encrypted_key(connection, session_id)


def test_settings_have_defaults_and_unknown_ones_are_refused(talk: Talk) -> None:
    fresh = new_id()
    with talk.store.functions.transaction() as connection:
        assert configs.get(connection, fresh) == configs.AssistantConfig(fresh)
        with pytest.raises(ValueError, match="nonsense"):
            configs.put(connection, talk.session_id, {"nonsense": 1})
