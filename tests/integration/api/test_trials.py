"""Trials of the assistant over REST; functions/replies is played with its own code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from gateway.domain.turns import TurnStatus
from gateway.store.assistant import running, turns
from gateway.store.assistant.turns import Outcome, Turn
from gateway.store.database import Database
from tests.integration.api.server import Api, until


def answered(replies: Database, session_id: UUID, **outcome: Any) -> Turn:
    """What functions/replies does with the next trial."""

    def waiting() -> Turn | None:
        with replies.transaction() as connection:
            found = turns.page(connection, session_id, status=TurnStatus.WAITING, limit=1)
            return found[0] if found else None

    turn = until(waiting)
    with replies.transaction() as connection:
        claimed = running.claim(connection, turn.id, 60)
        assert claimed
        turns.finish(connection, turn.id, Outcome(**outcome))
    return claimed


def test_a_trial_waits_for_its_answer(api: Api, path: str, replies: Database, aside: ThreadPoolExecutor) -> None:
    session_id = UUID(path.rpartition("/")[2])
    outcome = {"status": TurnStatus.REPLIED, "model": "m", "prompt_tokens": 7, "completion_tokens": 3,
               "latency_ms": 12, "output": "On the third."}  # fmt: skip
    answering = aside.submit(answered, replies, session_id, **outcome)
    answer = api.post(f"{path}/ai/test", {"message": "When is the rent due?"})
    assert answering.result().input == "When is the rent due?"
    body = answer.json()
    assert (answer.status_code, body["status"], body["answer"]) == (200, "replied", "On the third.")
    assert body["usage"] == {"promptTokens": 7, "completionTokens": 3, "totalTokens": 10}
    assert api.get(answer.headers["Location"]).json() == body


def test_a_trial_that_failed_says_why(api: Api, path: str, replies: Database, aside: ThreadPoolExecutor) -> None:
    session_id = UUID(path.rpartition("/")[2])
    aside.submit(answered, replies, session_id, status=TurnStatus.FAILED, reason="key_refused", detail="HTTP 401")
    body = api.post(f"{path}/ai/test", {"message": "Hello"}).json()
    assert (body["status"], body["reason"], body["answer"]) == ("failed", "key_refused", None)
    assert body["detail"].startswith("The model's service refused the key") and body["detail"].endswith("HTTP 401")


def test_a_trial_that_takes_long_is_told_of_later(hasty: Api) -> None:
    path = f"/sessions/{hasty.new_session()}"
    answer = hasty.post(f"{path}/ai/test", {"message": "Hello"})
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert hasty.get(answer.headers["Location"]).json()["status"] == "waiting"
    at_once = hasty.post(f"{path}/ai/test", {"message": "Hello"}, Prefer="respond-async")
    assert (at_once.status_code, at_once.headers["Preference-Applied"]) == (202, "respond-async")
