from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.integration.api.server import Api, Parts, until
from tests.stack import Stack

BODY = {"to": "+15550002002", "text": "x"}


@pytest.fixture
def api(parts: Parts) -> Iterator[Api]:
    """With a notifier of its own that reached SQS once, so that every test starts from a connection that works."""
    with parts.api(database_wait_seconds=1.0, queue_prefix=parts.queues.prefix) as api:
        assert api.get("/health").json()["status"] == "ok"
        yield api


@contextmanager
def without_postgres(stack: Stack) -> Iterator[None]:
    stack.postgres.stop()
    try:
        yield
    finally:
        stack.postgres.start()


@contextmanager
def without_sqs(stack: Stack) -> Iterator[None]:
    stack.ministack.stop()
    try:
        yield
    finally:
        stack.ministack.start()


def test_health_names_each_part_with_its_latency(api: Api) -> None:
    health = api.http.get("/health")
    assert health.status_code == 200
    assert health.json()["version"]
    checks = health.json()["checks"]
    assert {name: check["status"] for name, check in checks.items()} == {"database": "ok", "queues": "ok"}
    assert all(0 <= check["latencyMs"] < 2000 for check in checks.values())


def test_without_the_database_requests_are_told_to_come_back_and_it_recovers(api: Api, stack: Stack) -> None:
    session_id = api.new_session()
    with without_postgres(stack):
        health = unwell(api)
        assert health.status_code == 503
        assert (health.json()["status"], health.json()["checks"]["database"]["status"]) == ("degraded", "unreachable")
        answer = api.get(f"/sessions/{session_id}")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert "Location" not in answer.headers
        assert api.http.get("/docs").status_code == 200
    assert until(lambda: api.get(f"/sessions/{session_id}").status_code == 200)
    assert until(lambda: api.http.get("/health").status_code == 200)


def unwell(api: Api) -> httpx.Response:
    """The first answer that is not from before the outage."""
    return until(lambda: answer if (answer := api.http.get("/health")).json()["status"] != "ok" else None)


def test_a_database_that_is_lost_during_the_wait_does_not_fail_a_send(
    parts: Parts, stack: Stack, aside: ThreadPoolExecutor
) -> None:
    with parts.api(database_wait_seconds=0.3, send_wait_seconds=2.0) as api:
        owner = api.linked_session()
        sending = aside.submit(api.post, f"{owner.path}/messages", BODY)
        until(owner.unfinished)
        with without_postgres(stack):
            answer = sending.result()
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        assert until(lambda: api.get(answer.headers["Location"]).status_code == 200)


def test_without_sqs_requests_succeed(api: Api, stack: Stack, aside: ThreadPoolExecutor) -> None:
    owner = api.linked_session()
    with without_sqs(stack):
        delivery = aside.submit(owner.deliver_next, "3EB0S1")
        answer = api.post(f"{owner.path}/messages", BODY)
        assert (answer.status_code, answer.json()["messageId"]) == (201, "3EB0S1")
        assert delivery.done()
        assert api.post(f"{owner.path}/disconnect").status_code == 202
        health = unwell(api)
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        assert health.json()["checks"]["queues"]["status"] == "unreachable"
    assert until(lambda: api.http.get("/health").json()["status"] == "ok")


def test_an_sqs_that_hangs_holds_nobody_up(api: Api, stack: Stack) -> None:
    owner = api.linked_session()
    os.kill(stack.ministack.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        for _ in range(5):
            assert api.post(f"{owner.path}/messages", BODY, Prefer="respond-async").status_code == 202
        assert time.monotonic() - started < 2
        started = time.monotonic()
        assert unwell(api).json()["checks"]["queues"]["status"] == "unreachable"
        # The answer from before is kept for one second, and a check takes at most two.
        assert time.monotonic() - started < 4
    finally:
        os.kill(stack.ministack.pid, signal.SIGCONT)
