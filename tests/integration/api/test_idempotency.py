from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.commands import CommandError
from tests.integration.api.server import Api, Owner

BODY = {"to": "+15550002002", "text": "once"}


def sent_once(owner: Owner) -> bool:
    return len(owner.unfinished()) == 1


def test_the_same_request_with_the_same_key_sends_once(api: Api, owner: Owner) -> None:
    path = f"{owner.path}/messages"
    first = api.post(path, BODY, Idempotency_Key="k1", Prefer="respond-async")
    assert "Idempotency-Replayed" not in first.headers
    second = api.post(path, dict(reversed(BODY.items())), Idempotency_Key="k1", Prefer="respond-async")
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert sent_once(owner)


def test_a_replay_answers_with_the_message_as_it_is_now(api: Api, owner: Owner) -> None:
    path = f"{owner.path}/messages"
    api.post(path, BODY, Idempotency_Key="k1", Prefer="respond-async")
    message_id = owner.deliver_next("3EB0K1")
    api.post(f"{owner.path}/disconnect")
    replay = api.post(path, BODY, Idempotency_Key="k1")
    assert (replay.status_code, replay.json()) == (
        201,
        {"id": str(message_id), "messageId": "3EB0K1", "status": "sent"},
    )
    assert replay.headers["Idempotency-Replayed"] == "true"


def test_a_replay_of_what_failed_says_so(api: Api, owner: Owner) -> None:
    path = f"{owner.path}/messages"
    api.post(path, BODY, Idempotency_Key="k1", Prefer="respond-async")
    message_id = owner.fail_next(CommandError.REFUSED)
    replay = api.post(path, BODY, Idempotency_Key="k1")
    assert (replay.status_code, replay.json()["id"]) == (422, str(message_id))
    assert owner.unfinished() == []


@pytest.mark.parametrize("other", [{**BODY, "text": "twice"}, {**BODY, "to": "+15550002003"}])
def test_another_request_with_the_same_key_is_refused(api: Api, owner: Owner, other: dict[str, str]) -> None:
    path = f"{owner.path}/messages"
    api.post(path, BODY, Idempotency_Key="k1", Prefer="respond-async")
    answer = api.post(path, other, Idempotency_Key="k1", Prefer="respond-async")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "idempotency_conflict")
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]
    assert sent_once(owner)


def test_the_same_key_at_once_sends_once(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    path = f"{owner.path}/messages"
    answers = [
        pending.result()
        for pending in [
            aside.submit(api.post, path, BODY, Idempotency_Key="k1", Prefer="respond-async") for _ in range(8)
        ]
    ]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert sent_once(owner)


def test_those_who_wait_at_once_are_all_told_of_the_one_message(
    api: Api, owner: Owner, aside: ThreadPoolExecutor
) -> None:
    waiting = [aside.submit(api.post, f"{owner.path}/messages", BODY, Idempotency_Key="k1") for _ in range(4)]
    message_id = owner.deliver_next("3EB0K2")
    answers = [pending.result() for pending in waiting]
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["id"] for answer in answers} == {str(message_id)}
    assert owner.unfinished() == []


def test_a_key_counts_for_its_session_only(api: Api, owner: Owner) -> None:
    other = api.linked_session()
    answers = [
        api.post(f"{each.path}/messages", BODY, Idempotency_Key="k1", Prefer="respond-async") for each in (owner, other)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 2


def test_a_session_is_made_once(api: Api, aside: ThreadPoolExecutor) -> None:
    pending = [aside.submit(api.post, "/sessions", {"sessionName": "x"}, Idempotency_Key="k1") for _ in range(8)]
    answers = [each.result() for each in pending]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert len(api.get("/sessions").json()["sessions"]) == 1
    assert api.post("/sessions", {"sessionName": "y"}, Idempotency_Key="k1").status_code == 422
    assert api.as_user().post("/sessions", {"sessionName": "y"}, Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ü"])
def test_an_idempotency_key_is_visible_ascii(api: Api, key: str) -> None:
    answer = api.request(
        "POST", "/sessions", json={"sessionName": "x"}, headers={"Idempotency-Key": key.encode("utf-8")}
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert api.get("/sessions").json()["sessions"] == []
