"""The handler in a process of its own, invoked as Lambda does it: batches, and a kill at each step of a turn."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from gateway.aws.queues import TurnQueue
from gateway.domain.turns import DueTurn
from gateway.store.ids import new_id
from infra.local.database import DatabaseUrls
from infra.local.lambdas.instance import Function, Instance, InvocationError
from infra.local.lambdas.sources import QueueSource, failed_items
from infra.local.services import FIXED_ENVIRONMENT
from tests.integration.replies.conftest import Assistant
from tests.stack import inherited_environment

CLAIM_SECONDS = 2


@pytest.fixture
def environment(assistant: Assistant, module_database: DatabaseUrls) -> dict[str, str]:
    return {
        **inherited_environment(),
        **FIXED_ENVIRONMENT,
        **assistant.queues.environment,
        **assistant.service.stub.functions_environment,
        "GATEWAY_DATABASE_URL": module_database.replies,
        "GATEWAY_CLAIM_SECONDS": str(CLAIM_SECONDS),
        "GATEWAY_RETRY_BASE_SECONDS": "0",
    }


@pytest.fixture
def instance(environment: dict[str, str]) -> Iterator[Instance]:
    instance = Instance(Function("replies", "functions.replies.handler:handler", 20, environment))
    instance.warm_up()
    yield instance
    instance.end()


def event(*bodies: str) -> dict[str, Any]:
    """What SQS brings to Lambda."""
    return {
        "Records": [
            {
                "messageId": str(new_id()),
                "receiptHandle": "handle",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:replies",
                "awsRegion": "us-east-1",
            }
            for body in bodies
        ]
    }


def doorbell(due: DueTurn | None) -> str:
    assert due
    return f'{{"turnId": "{due.turn_id}"}}'


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return value


def test_a_doorbell_is_answered_and_what_cannot_be_read_is_the_only_failure_of_its_batch(
    assistant: Assistant, instance: Instance
) -> None:
    batch = event("nonsense", doorbell(assistant.talk.hear()), doorbell(DueTurn(new_id())))
    assert failed_items(instance.invoke(batch)) == {batch["Records"][0]["messageId"]}
    assert len(assistant.talk.said()) == 1
    nonsense = event("x", "y")
    assert failed_items(instance.invoke(nonsense)) == {record["messageId"] for record in nonsense["Records"]}


def invoke_until(instance: Instance, body: str, reached: Callable[[], Any]) -> Future[Any]:
    """Invoke in the background until a step is reached."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(instance.invoke, event(body))
    pool.shutdown(wait=False)
    until(lambda: reached() or future.done())
    assert not future.done(), future.result()
    return future


def kill(instance: Instance, future: Future[Any]) -> None:
    instance.kill()
    with pytest.raises(InvocationError):
        future.result(timeout=10)


def answered_after(instance: Instance, assistant: Assistant, due: DueTurn | None) -> None:
    """The same doorbell again, as SQS and the sweeper repeat it: nothing before the claim is over, then the end."""
    assert due

    def ended() -> bool:
        instance.invoke(event(doorbell(due)))
        return assistant.talk.turn(due.turn_id).status not in ("waiting", "running")

    until(ended)


def test_killed_before_the_model_answered_it_is_answered_once(assistant: Assistant, instance: Instance) -> None:
    due = assistant.talk.hear()
    assistant.service.fault(kind="hang")
    kill(instance, invoke_until(instance, doorbell(due), assistant.service.requests))
    answered_after(instance, assistant, due)
    assert [message.content for message in assistant.talk.said()] == ["You wrote: Hello"]


def test_killed_after_the_model_and_before_the_commit_it_is_answered_once(
    assistant: Assistant, instance: Instance
) -> None:
    due = assistant.talk.hear()
    with psycopg.connect(assistant.talk.admin) as admin:
        with assistant.service.held():
            future = invoke_until(instance, doorbell(due), lambda: typing_queued(assistant))
            admin.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR UPDATE", [assistant.talk.session_id])
        until(lambda: waiting_for_locks(assistant) >= 1)
        kill(instance, future)
    assert assistant.talk.said() == []
    answered_after(instance, assistant, due)
    assert len(assistant.talk.said()) == 1
    assert len(assistant.service.requests()) == 2


def typing_queued(assistant: Assistant) -> bool:
    """Whether the sign of typing, which takes the session's row as well, is on its way."""
    with psycopg.connect(assistant.talk.admin) as admin:
        queued = "SELECT 1 FROM gateway.commands WHERE session_id = %s AND kind = 'typing'"
        return admin.execute(queued, [assistant.talk.session_id]).fetchone() is not None


def waiting_for_locks(assistant: Assistant) -> int:
    """Connections of the role of functions/replies that wait for the session's row after the model's answer."""
    with psycopg.connect(assistant.talk.admin) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway_replies' AND wait_event_type = 'Lock'"
        ).fetchone()
    return row[0] if row else 0


def test_killed_after_the_commit_and_before_the_doorbell_it_is_answered_once(
    assistant: Assistant, environment: dict[str, str], stopped_sqs: str
) -> None:
    instance = Instance(
        Function(
            "replies", "functions.replies.handler:handler", 20, environment | {"AWS_ENDPOINT_URL_SQS": stopped_sqs}
        )
    )
    try:
        due = assistant.talk.hear()
        kill(instance, invoke_until(instance, doorbell(due), assistant.talk.said))
        assert due and assistant.talk.turn(due.turn_id).status == "replied"
        instance.invoke(event(doorbell(due)))
        assert len(assistant.talk.said()) == 1
        assert [kind for kind, _ in assistant.commands()].count("send_text") == 1
    finally:
        instance.end()


@pytest.fixture
def stopped_sqs() -> Iterator[str]:
    """An SQS that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_stopped_while_it_thinks_and_continued_after_its_claim_it_says_nothing_more(
    assistant: Assistant, instance: Instance, environment: dict[str, str]
) -> None:
    due = assistant.talk.hear()
    with assistant.service.held():
        future = invoke_until(instance, doorbell(due), assistant.service.requests)
        pid = instance.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
    other = Instance(Function("replies", "functions.replies.handler:handler", 20, environment))
    try:
        answered_after(other, assistant, due)
        os.kill(pid, signal.SIGCONT)
        assert failed_items(future.result(timeout=30)) == set()
    finally:
        other.end()
    assert len(assistant.talk.said()) == 1


def test_from_the_queue_a_burst_is_answered_once_when_its_window_is_over(
    assistant: Assistant, environment: dict[str, str]
) -> None:
    assistant.talk.configure(debounce_seconds=1)
    function = Function("replies", "functions.replies.handler:handler", 20, environment)
    sources = [
        QueueSource(function, assistant.queues.endpoint, assistant.queues.prefix + "replies", 1) for _ in range(2)
    ]
    for source in sources:
        source.start()
    try:
        queue = TurnQueue(assistant.queues.prefix)
        for i in range(5):
            due = assistant.talk.hear(f"part {i}")
            assert due
            queue.send(due)
        (message,) = until(assistant.talk.said)
        assert message.content and message.content.count("part") == 5
        until(lambda: assistant.doorbells() == assistant.in_flight() == 0)
        assert len(assistant.talk.said()) == 1
    finally:
        for source in sources:
            source.stop()
            source.instance.kill()


def test_no_log_line_holds_a_text_a_number_or_a_key(
    assistant: Assistant, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    instance = Instance(Function("replies", "functions.replies.handler:handler", 20, environment))
    try:
        assistant.service.fault(kind="status", status=400)
        instance.invoke(event(doorbell(assistant.talk.hear("private words"))))
        instance.invoke(event(doorbell(assistant.talk.hear("more words"))))
    finally:
        instance.end()
    written = "".join(capfd.readouterr())
    assert '"status":"failed"' in written and '"status":"replied"' in written
    for secret in ("words", "5550002002", "100000000000002", "Bearer", '"local"'):
        assert secret not in written
