"""Functions on this machine: what invokes them behaves as Lambda does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from infra.local.lambdas.instance import Function, Instance, InvocationError
from infra.local.lambdas.sources import ClockSource, QueueSource, scheduled_event
from infra.local.queues import sqs_client
from tests.stack import Queues, inherited_environment

HANDLER = "tests.integration.local.sample_function:handler"


def function(timeout: float = 30) -> Function:
    return Function("sample", HANDLER, timeout, inherited_environment())


@pytest.fixture
def instance() -> Iterator[Instance]:
    instance = Instance(function())
    yield instance
    instance.end()


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return value


def test_an_instance_is_kept_for_the_next_event(instance: Instance) -> None:
    first, second = instance.invoke({"n": 1}), instance.invoke({"n": 2})
    assert first["pid"] == second["pid"] == instance.pid != os.getpid()
    assert first["request"] != second["request"]
    assert 20_000 < first["left"] <= 30_000
    assert second["event"] == {"n": 2}


def test_a_handler_that_raises_is_invoked_again_and_one_that_dies_is_replaced(instance: Instance) -> None:
    pid = instance.invoke({})["pid"]
    with pytest.raises(InvocationError, match="ValueError"):
        instance.invoke({"raise": "broken"})
    assert instance.pid == pid
    with pytest.raises(InvocationError, match="died"):
        instance.invoke({"exit": True})
    assert instance.invoke({})["pid"] != pid


def test_a_handler_that_takes_too_long_is_ended() -> None:
    instance = Instance(function(timeout=1))
    try:
        instance.warm_up()
        pid = instance.pid
        with pytest.raises(InvocationError, match="longer than 1 s"):
            instance.invoke({"seconds": 30})
        assert pid and not psutil.pid_exists(pid)
    finally:
        instance.end()


def test_a_function_that_cannot_be_loaded_says_so() -> None:
    with pytest.raises(InvocationError, match="died"):
        Instance(Function("none", "no.such:handler", 5, inherited_environment())).warm_up()


def test_of_a_batch_what_failed_is_received_again_and_the_rest_is_deleted(queues: Queues) -> None:
    client = sqs_client(queues.endpoint)
    url = queues.urls["replies"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    for body in ("good", "poison", "good"):
        client.send_message(QueueUrl=url, MessageBody=body)
    source = QueueSource(function(), queues.endpoint, f"{queues.prefix}replies", 10)
    source.start()
    dead = queues.urls["replies-dlq"]
    try:
        assert [m["Body"] for m in until(lambda: messages(client, dead))] == ["poison"]
        assert messages(client, url) == []
    finally:
        source.stop()
        source.instance.kill()


def messages(client: Any, url: str) -> list[Any]:
    return client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])  # type: ignore[no-any-return]


def test_the_clock_invokes_again_and_again_whatever_comes_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    source = ClockSource(Function("sample", "builtins:print", 30, inherited_environment()), 0.2)
    source.start()
    try:
        written = ""

        def twice() -> bool:
            nonlocal written
            written += "".join(capfd.readouterr())
            return written.count("aws.scheduler") >= 2

        until(twice)
    finally:
        source.stop()
        source.instance.kill()
    assert scheduled_event()["source"] == "aws.scheduler"
