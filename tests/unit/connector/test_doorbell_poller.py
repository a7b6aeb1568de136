"""A poller of doorbells while SQS is away."""

from __future__ import annotations

import logging
import threading

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


def test_a_listener_gets_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{free_port()}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(QueuesUnavailable, match="EndpointConnectionError"):
        CommandQueues().receive(0, 1)


def test_an_absence_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(doorbell_poller, "RETRY_BASE_SECONDS", 0.01)
    caplog.set_level(logging.INFO, "connector")
    queues = QueuesAway()
    poller = DoorbellPoller(queues, lambda _shard, _session_id: None)
    poller.start(3)
    assert queues.fifth.wait(5)
    poller.stop_all()
    assert [record.message for record in caplog.records] == ["doorbells cannot be received"]
