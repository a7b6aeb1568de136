"""Doorbells of turns through a real SQS."""

from __future__ import annotations

import pytest

from gateway.aws.queues import QueuesUnavailable, TurnQueue, turn_of
from gateway.domain.turns import DueTurn
from gateway.store.ids import new_id
from infra.local.queues import sqs_client
from tests.stack import Queues


@pytest.fixture
def queue(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> TurnQueue:
    for name, value in queues.environment.items():
        monkeypatch.setenv(name, value)
    return TurnQueue(queues.prefix)


def test_a_doorbell_carries_the_turn_and_nothing_else(queues: Queues, queue: TurnQueue) -> None:
    turn = DueTurn(new_id())
    queue.send(turn)
    response = sqs_client(queues.endpoint).receive_message(QueueUrl=queues.urls["replies"], WaitTimeSeconds=5)
    (message,) = response["Messages"]
    assert turn_of(message["Body"]) == turn.turn_id
    assert message["Body"] == f'{{"turnId": "{turn.turn_id}"}}'


def test_a_doorbell_is_received_after_its_delay_rounded_up(queues: Queues, queue: TurnQueue) -> None:
    queue.send(DueTurn(new_id(), 0.4))
    client = sqs_client(queues.endpoint)
    url = queues.urls["replies"]
    assert "Messages" not in client.receive_message(QueueUrl=url)
    assert client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]


def test_what_is_due_in_a_moment_is_not_delayed_by_a_second(queues: Queues, queue: TurnQueue) -> None:
    queue.send(DueTurn(new_id(), 0.000_001))
    assert sqs_client(queues.endpoint).receive_message(QueueUrl=queues.urls["replies"])["Messages"]


def test_a_delay_longer_than_sqs_knows_is_cut(queue: TurnQueue) -> None:
    queue.send(DueTurn(new_id(), 10_000))


def test_what_is_not_a_doorbell_is_refused() -> None:
    for body in ("", "[]", "{}", '{"turnId": 1}', '{"turnId": "x"}', "null"):
        with pytest.raises(ValueError):
            turn_of(body)


def test_without_sqs_it_says_so(monkeypatch: pytest.MonkeyPatch, queues: Queues) -> None:
    for name, value in {**queues.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(QueuesUnavailable):
        TurnQueue().send(DueTurn(new_id()))
