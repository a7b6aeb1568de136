"""Rings of turns through a real SQS."""

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


def test_a_ring_carries_the_turn_and_nothing_else(queues: Queues, queue: TurnQueue) -> None:
    bell = DueTurn(new_id())
    queue.ring(bell)
    answer = sqs_client(queues.endpoint).receive_message(QueueUrl=queues.urls["replies"], WaitTimeSeconds=5)
    (message,) = answer["Messages"]
    assert turn_of(message["Body"]) == bell.turn_id
    assert message["Body"] == f'{{"turnId": "{bell.turn_id}"}}'


def test_a_ring_is_heard_after_its_delay_rounded_up(queues: Queues, queue: TurnQueue) -> None:
    queue.ring(DueTurn(new_id(), 0.4))
    client = sqs_client(queues.endpoint)
    url = queues.urls["replies"]
    assert "Messages" not in client.receive_message(QueueUrl=url)
    assert client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]


def test_a_delay_longer_than_sqs_knows_is_cut(queue: TurnQueue) -> None:
    queue.ring(DueTurn(new_id(), 10_000))


def test_what_is_no_ring_is_refused() -> None:
    for body in ("", "[]", "{}", '{"turnId": 1}', '{"turnId": "x"}', "null"):
        with pytest.raises(ValueError):
            turn_of(body)


def test_without_sqs_it_says_so(monkeypatch: pytest.MonkeyPatch, queues: Queues) -> None:
    for name, value in {**queues.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(QueuesUnavailable):
        TurnQueue().ring(DueTurn(new_id()))
