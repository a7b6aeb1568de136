"""What sessions may spend of the platform's own model key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import SecretStr

from gateway.aws.encryption import ModelKeys
from gateway.metrics import flush
from gateway.store.assistant import configs, usage
from infra.local.kms import ALIAS
from tests.integration.replies.conftest import Assistant
from tests.integration.store.conftest import Owned


def spent_by_user(assistant: Assistant) -> int:
    with assistant.talk.store.functions.transaction() as connection:
        return usage.spent_of_user(connection, assistant.talk.owned.user)


def bring_key(assistant: Assistant) -> None:
    ciphertext = ModelKeys(ALIAS).encrypt(SecretStr("own-key-1234"), assistant.talk.session_id)
    with assistant.talk.store.functions.transaction() as connection:
        configs.set_key(connection, assistant.talk.session_id, ciphertext, "1234")


def test_only_the_models_that_are_allowed_may_be_chosen(assistant: Assistant) -> None:
    assistant.talk.configure(model="dear")
    allowed = ("cheap", "other")
    turn = assistant.answer(assistant.talk.hear("one"), model_allowed=allowed)
    assert (turn.status, turn.reason) == ("failed", "model_not_allowed")
    assert assistant.service.requests() == []
    assistant.talk.configure(model="cheap")
    assert assistant.answer(assistant.talk.hear("two"), model_allowed=allowed).model == "cheap"
    assistant.talk.configure(model="dear")
    bring_key(assistant)
    assert assistant.answer(assistant.talk.hear("three"), model_allowed=allowed).model == "dear"


def test_prompts_and_answers_are_no_larger_than_the_platform_allows(assistant: Assistant) -> None:
    assistant.talk.configure(max_tokens=9000, history_tokens=50_000)
    for _ in range(3):
        assistant.talk.hear("word " * 800)
    limits = {"model_max_tokens": 50, "model_max_prompt_tokens": 1500}
    turn = assistant.answer(assistant.talk.hear("Hello"), **limits)
    [request] = assistant.service.requests()
    assert request["max_tokens"] == 50
    assert turn.prompt_tokens and turn.prompt_tokens <= 1500
    assert request["messages"][-1]["content"].endswith("Hello")
    assistant.talk.configure(system_prompt="x" * 6000)
    assert assistant.answer(assistant.talk.hear("Hello"), **limits).reason == "prompt_too_long"
    bring_key(assistant)
    assert assistant.answer(assistant.talk.hear("Hello"), **limits).status == "replied"


def test_a_user_has_one_budget_for_all_sessions(assistant: Assistant, make_linked: Callable[[], Owned]) -> None:
    turn = assistant.answer(assistant.talk.hear("one"))
    assert turn.prompt_tokens and turn.completion_tokens
    used = turn.prompt_tokens + turn.completion_tokens
    assert spent_by_user(assistant) == used
    other = replace(assistant, talk=replace(assistant.talk, owned=make_linked()))
    other.talk.configure(debounce_seconds=0)
    refused = other.answer(other.talk.hear("two"), model_user_daily_tokens=used + 500)
    assert (refused.status, refused.reason) == ("skipped", "user_budget_spent")
    assert spent_by_user(assistant) == used, "what was reserved is given back"
    assert other.answer(other.talk.hear("three"), model_user_daily_tokens=1_000_000).status == "replied"
    assert spent_by_user(assistant) > used


@pytest.mark.parametrize("kind", ["status", "refuse"])
def test_what_a_failure_had_reserved_of_it_is_given_back_or_spent(assistant: Assistant, kind: str) -> None:
    assistant.service.fault(kind=kind, status=400)
    turn = assistant.answer(assistant.talk.hear())
    assert spent_by_user(assistant) == (turn.prompt_tokens or 0) + (turn.completion_tokens or 0)


def test_a_key_of_ones_own_spends_nothing_of_it(assistant: Assistant) -> None:
    bring_key(assistant)
    assert assistant.answer(assistant.talk.hear(), model_user_daily_tokens=0).status == "replied"
    assert spent_by_user(assistant) == 0


def test_a_platform_key_that_is_refused_is_counted_and_a_key_of_a_user_is_not(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    flush()
    capsys.readouterr()
    turn = assistant.answer(assistant.talk.hear("one"), model_api_key=SecretStr("wrong-key"))
    assert turn.reason == "key_refused"
    flush()
    assert '"PlatformKeyRefused":[1.0]' in capsys.readouterr().out
    ciphertext = ModelKeys(ALIAS).encrypt(SecretStr("wrong-key-1234"), assistant.talk.session_id)
    with assistant.talk.store.functions.transaction() as connection:
        configs.set_key(connection, assistant.talk.session_id, ciphertext, "1234")
    assert assistant.answer(assistant.talk.hear("two")).reason == "key_refused"
    flush()
    assert "PlatformKeyRefused" not in capsys.readouterr().out
