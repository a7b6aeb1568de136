"""What may stand at the address of a model's service, and how long and how often it is asked."""

from __future__ import annotations

import time
from typing import Any

import pytest

from functions.replies.model import Model
from functions.replies.parameters import NEW_LIMIT, OLD_LIMIT, TEMPERATURE
from gateway.store.assistant import usage
from gateway.store.assistant.usage import DayUsage
from tests.integration.replies.conftest import Assistant
from tests.integration.store.conftest import BOB
from tests.integration.talk import CAROL

PARAMETERS = (TEMPERATURE, OLD_LIMIT, NEW_LIMIT)


def spent(assistant: Assistant) -> DayUsage:
    with assistant.talk.store.functions.transaction() as connection:
        [day] = usage.days(connection, assistant.talk.session_id, 5)
    return day


@pytest.mark.parametrize("retries", [0, 1])
def test_a_service_that_sends_a_byte_now_and_then_is_left_at_the_deadline(assistant: Assistant, retries: int) -> None:
    assistant.service.fault(kind="drip", every=0.1, times=9)
    started = time.monotonic()
    turn = assistant.answer(assistant.talk.hear(), model_timeout_seconds=0.8, model_retries=retries, attempts=1)
    assert time.monotonic() - started < 4
    assert (turn.status, turn.reason) == ("failed", "model_timeout")
    assert spent(assistant).reserved_tokens == 0


def test_a_service_that_never_stops_sending_is_left(assistant: Assistant) -> None:
    assistant.service.fault(kind="flood", times=9)
    turn = assistant.answer(assistant.talk.hear(), model_timeout_seconds=20)
    assert (turn.status, turn.reason, turn.detail) == ("failed", "not_compatible", "too large")


@pytest.mark.parametrize("text", ["<html>Welcome</html>", '{"hello": 1}', "[]", '"text"', "7", '{"choices": [7]}', ""])
def test_what_is_no_service_ends_the_turn_at_once(assistant: Assistant, text: str) -> None:
    assistant.service.fault(kind="page", text=text)
    turn = assistant.test("Hello")
    assert (turn.status, turn.reason) == ("failed", "not_compatible")
    assistant.service.fault(kind="page", text=text)
    assert assistant.answer(assistant.talk.hear()).reason == "not_compatible"
    config = assistant.config()
    assert config.problem == "not_compatible" and config.paused_until


def test_a_path_that_a_web_server_does_not_know_is_no_service(assistant: Assistant) -> None:
    assistant.talk.configure(base_url=f"{assistant.service.stub.url}/nowhere")
    turn = assistant.answer(assistant.talk.hear(), model_base_url=f"{assistant.service.stub.url}/nowhere")
    assert turn.reason == "key_missing", "a session's own service needs its own key"
    assistant.talk.configure(base_url=None)
    turn = assistant.answer(assistant.talk.hear(), model_base_url=f"{assistant.service.stub.url}/nowhere")
    assert (turn.reason, turn.detail) == ("not_compatible", "HTTP 404")


def test_what_nobody_foresaw_ends_the_turn_all_the_same(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AttributeError("unforeseen")

    monkeypatch.setattr(Model, "complete", fail)
    due = assistant.talk.hear()
    turns = [assistant.answer(due) for _ in range(3)]
    assert [turn.status for turn in turns] == ["waiting", "waiting", "failed"]
    assert (turns[-1].reason, turns[-1].detail) == ("model_unavailable", "AttributeError")


def test_tokens_that_a_service_does_not_count_are_not_free(assistant: Assistant) -> None:
    assistant.service.fault(kind="uncounted")
    turn = assistant.answer(assistant.talk.hear())
    assert turn.prompt_tokens and turn.prompt_tokens > 100, "the rules alone are more"
    assert turn.completion_tokens
    day = spent(assistant)
    assert (day.prompt_tokens, day.completion_tokens) == (turn.prompt_tokens, turn.completion_tokens)


def test_a_model_that_reasons_is_asked_without_what_it_refuses_and_that_is_remembered(assistant: Assistant) -> None:
    assistant.talk.configure(model="reasoning-1", temperature=0.3, max_tokens=200)
    replier = assistant.make()
    for text in ("one", "two"):
        due = assistant.talk.hear(text)
        assert due
        replier.answer(due.turn_id)
    assert [message.content for message in assistant.talk.said()] == ["You wrote: one", "You wrote: two"]
    asked = [request.keys() & set(PARAMETERS) for request in assistant.service.requests()]
    assert asked == [{TEMPERATURE, OLD_LIMIT}, {OLD_LIMIT}, {NEW_LIMIT}, {NEW_LIMIT}]


def test_thinking_that_uses_up_the_limit_is_named_as_the_reason(assistant: Assistant) -> None:
    assistant.talk.configure(model="reasoning-1", max_tokens=64)
    turn = assistant.answer(assistant.talk.hear())
    assert (turn.status, turn.reason, turn.completion_tokens) == ("failed", "empty_answer", 64)
    assert turn.detail == "The model spent 64 tokens on thinking, up to maxTokens: raise it."


def test_a_session_has_no_more_calls_at_once_than_it_may_and_loses_no_turn_by_it(assistant: Assistant) -> None:
    limits: dict[str, Any] = {"model_calls_per_session": 1, "busy_wait_seconds": 0.1}
    slow, quick = assistant.talk.hear("slow"), assistant.talk.hear("quick", CAROL)
    with assistant.thinking(slow, **limits):
        waits = [assistant.answer(quick, **limits) for _ in range(2)]
    assert {turn.status for turn in waits} == {"waiting"}
    for _ in range(9):
        time.sleep(0.02)
        assistant.answer(quick, **limits)
    assert (len(assistant.talk.said(BOB)), len(assistant.talk.said(CAROL))) == (1, 1)
    assert assistant.talk.turns()[0].retries == 0
