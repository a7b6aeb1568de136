"""What sessions may ask of the platform's own model key, and what counts as written by a person."""

from __future__ import annotations

from uuid import UUID

import pytest

from gateway.store.assistant import turns, usage
from gateway.store.assistant.usage import UserBudget
from gateway.store.database import Database
from tests.integration.api.server import BOB, Api, Owner, Parts
from tests.integration.api.test_assistant import KEY, change, refused
from tests.integration.talk import reserve

TEST = {"message": "Hello"}


def session_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


@pytest.mark.parametrize(
    ("setting", "value"), [("model", "dear"), ("maxTokens", 5000), ("systemPrompt", "word " * 4000)]
)
def test_with_a_key_of_ones_own_the_platforms_limits_do_not_count(parts: Parts, setting: str, value: object) -> None:
    with parts.api(model_max_prompt_tokens=2000) as api:
        path = f"/sessions/{api.new_session()}"
        assert refused(api, path, **{setting: value}) == setting
        assert api.get(f"{path}/ai").json()[setting] != value
        assert change(api, path, apiKey=KEY, **{setting: value})[setting] == value
        assert refused(api, path, apiKey=None) == setting


def test_allowed_models_may_be_chosen(parts: Parts) -> None:
    with parts.api(model_allowed=["cheap"], model_name="standard") as api:
        path = f"/sessions/{api.new_session()}"
        assert [change(api, path, model=name)["model"] for name in ("cheap", "standard", None)] == [
            "cheap", "standard", None
        ]  # fmt: skip


def test_a_trial_is_refused_by_the_name_of_what_does_not_allow_it(
    parts: Parts, api: Api, path: str, replies: Database
) -> None:
    with parts.api(model_allowed=["*"]) as generous:
        change(generous.as_user(api.user), path, model="dear")
    answer = api.post(f"{path}/ai/test", TEST)
    assert (answer.status_code, answer.json()["reason"]) == (409, "model_not_allowed")
    change(api, path, model=None)
    with parts.api(model_max_prompt_tokens=1000) as narrow:
        answer = narrow.as_user(api.user).post(f"{path}/ai/test", {"message": "word " * 800})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "message")
    api.post(f"{path}/ai/test", TEST, Prefer="respond-async")
    with replies.transaction() as connection:
        [turn] = turns.page(connection, session_of(path), limit=1)
        assert reserve(connection, turn, 999_990, None, UserBudget(api.user, 1_000_000))
        usage.settle(connection, turn.id, 999_000, 900)
    answer = api.post(f"{path}/ai/test", TEST)
    assert (answer.status_code, answer.json()["scope"]) == (429, "user")
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert "1000000 tokens a day" in answer.json()["detail"]


def test_a_program_says_that_it_is_one(api: Api, owner: Owner) -> None:
    change(api, owner.path, enabled=True)
    body = {"to": BOB.phone_number, "text": "Your order was shipped."}
    headers = {"Prefer": "respond-async", "Idempotency-Key": "one"}
    sent = api.post(f"{owner.path}/messages", {**body, "automated": True}, **headers)
    assert api.get(f"{owner.path}/messages/{sent.json()['id']}").json()["automated"] is True
    assert api.get(f"{owner.path}/chats/{BOB.phone_number}/takeover").json()["takenOver"] is False
    assert api.post(f"{owner.path}/messages", body, **headers).status_code == 422, "it is another request"
    sent = api.post(f"{owner.path}/messages", {**body, "automated": False}, Prefer="respond-async")
    assert api.get(f"{owner.path}/messages/{sent.json()['id']}").json()["automated"] is False
    assert api.get(f"{owner.path}/chats/{BOB.phone_number}/takeover").json()["takenOver"] is True
