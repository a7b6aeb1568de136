"""A poller of doorbells while SQS is away."""

from __future__ import annotations

import logging
import threading
from uuid import UUID

import boto3
import pytest

from connector.shards import doorbell_poller
from connector.shards.doorbell_poller import DoorbellPoller
from gateway.aws.queues import CommandQueues, Doorbell, QueuesUnavailable
from infra.local.ports import LOOPBACK, free_port


class QueuesAway(CommandQueues):
    """Counts the polls and fails each."""

    def __init__(self) -> None:
        super().__init__()
        self.polls = 0
        self.fifth = threading.Event()

    def receive(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        self.polls += 1
        if self.polls == 5:
            self.fifth.set()
        raise QueuesUnavailable("EndpointConnectionError")


class QueuesEmpty(CommandQueues):
    """Counts the polls, each of which brings nothing at once."""

    def __init__(self) -> None:
        super().__init__()
        self.polls = 0
        self.polled = threading.Semaphore(0)

    def receive(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        self.polls += 1
        self.polled.release()
        return []


def test_where_notify_rings_as_well_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    restless, resting, short = QueuesEmpty(), QueuesEmpty(), QueuesEmpty()
    pollers = [DoorbellPoller(resting, _wake_nobody, rests=True), DoorbellPoller(restless, _wake_nobody)]
    monkeypatch.setattr(doorbell_poller, "REST_SECONDS", 0.01)
    pollers.append(DoorbellPoller(short, _wake_nobody, rests=True))
    for poller in pollers:
        poller.start(3)
    assert all(restless.polled.acquire(timeout=5) for _ in range(100))
    assert all(short.polled.acquire(timeout=5) for _ in range(2))
    for poller in pollers:
        poller.stop_all()
    assert resting.polls == 0


class QueuesSilent(CommandQueues):
    """Answers a poll when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answer = threading.Event(), threading.Event()

    def receive(self, shard: int, wait_seconds: int) -> list[Doorbell]:
        self.asked.set()
        assert self.answer.wait(30)
        return []


def test_a_rest_does_not_count_as_a_poll_that_takes_long() -> None:
    silent = QueuesSilent()
    resting, polling = DoorbellPoller(silent, _wake_nobody, rests=True), DoorbellPoller(silent, _wake_nobody)
    for poller in (resting, polling):
        poller.start(3)
    assert silent.asked.wait(10)
    assert 0.0 < polling.oldest_poll_age < polling.oldest_poll_age
    assert resting.oldest_poll_age == 0.0
    silent.answer.set()
    for poller in (resting, polling):
        poller.stop_all()


def test_a_listener_gets_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{free_port()}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # boto3's own session keeps the credentials that it finds first, for every later test of the process.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(QueuesUnavailable, match="EndpointConnectionError"):
        CommandQueues().receive(0, 1)


def _wake_nobody(_shard: int, _session_id: UUID) -> None: ...


def test_an_absence_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(doorbell_poller, "RETRY_BASE_SECONDS", 0.01)
    caplog.set_level(logging.INFO, "connector")
    queues = QueuesAway()
    poller = DoorbellPoller(queues, _wake_nobody)
    poller.start(3)
    assert queues.fifth.wait(5)
    poller.stop_all()
    assert [record.message for record in caplog.records] == ["doorbells cannot be received"]
