from __future__ import annotations

import time
from uuid import UUID

import pytest

from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues, QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn

SESSION = UUID("0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10")
TURN = UUID("0198c7a6-2c3d-7e4f-a011-22334455aabb")


class Sqs:
    """An SQS that can be away, and how often it was called."""

    def __init__(self) -> None:
        self.attempts = 0
        self.is_away = True

    def send(self, *_: object) -> None:
        self.attempts += 1
        if self.is_away:
            raise QueuesUnavailable("ConnectTimeoutError")


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Sqs:
    sqs = Sqs()
    monkeypatch.setattr(CommandQueues, "send", sqs.send)
    monkeypatch.setattr(TurnQueue, "send", sqs.send)
    return sqs


def test_it_says_whether_a_doorbell_was_sent(sqs: Sqs) -> None:
    notifier = Notifier(CommandQueues(), TurnQueue())
    assert not notifier.wake_owner(3, SESSION)
    assert not notifier.wake_turn(DueTurn(TURN))
    sqs.is_away = False
    assert notifier.wake_owner(3, SESSION)
    assert notifier.wake_turn(DueTurn(TURN))


def test_a_doorbell_that_fails_is_one_line_with_its_id(sqs: Sqs, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier(CommandQueues(), TurnQueue())
    notifier.wake_owner(3, SESSION)
    notifier.wake_turn(DueTurn(TURN))
    owner, turn = (vars(record) for record in caplog.records)
    assert (owner["message"], owner["session_id"], owner["error"]) == (
        "doorbell not sent",
        str(SESSION),
        "ConnectTimeoutError",
    )
    assert (turn["message"], turn["turn_id"]) == ("doorbell not sent", str(TURN))


def test_it_rests_after_a_failure(sqs: Sqs, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    notifier = Notifier(CommandQueues(), TurnQueue(), rest_seconds=5)
    for _ in range(3):
        assert not notifier.wake_owner(3, SESSION)
        assert not notifier.wake_turn(DueTurn(TURN))
    assert sqs.attempts == len(caplog.records) == 1
    sqs.is_away = False
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 6)
    assert notifier.wake_owner(3, SESSION)
    assert sqs.attempts == 2
