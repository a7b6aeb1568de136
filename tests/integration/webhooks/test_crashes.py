"""A function that is killed at each step, and one that is far behind: nothing is lost."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import pytest

from functions.sweeper.sweeping import Sweeper
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, PushQueue, TurnQueue, WebhookQueue
from gateway.store.database import Database
from gateway.sweeper_settings import SweeperSettings
from infra.local.lambdas.instance import Function, Instance, InvocationError
from infra.local.queues import bucket_name
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.webhooks.receiver import Receiver, Reply
from tests.integration.webhooks.running import Running, deliveries, execute, listen, running

RECEIVED = {"types": ["message.received"]}


@pytest.mark.parametrize("step", ["claiming", "sending", "recording", "dispatching"])
def test_a_function_that_is_killed_loses_nothing(
    api: Api, owner: Owner, receiver: Receiver, parts: Parts, step: str
) -> None:
    """Held up at the step by a lock or by the receiver, killed there; the sweeper has another one go on."""
    made = listen(api, receiver.url, **RECEIVED)
    owner.receive("hello", "AB01")
    with psycopg.connect(parts.urls.admin) as blocking:
        doomed = instance(parts)
        lock_webhook = ("SELECT FROM gateway.webhooks WHERE id = %s FOR UPDATE", [made["id"]])
        if step == "dispatching":
            blocking.execute("SELECT FROM gateway.webhook_cursor FOR UPDATE")
        elif step == "claiming":
            Running(parts).dispatcher.dispatch()
            blocking.execute(*lock_webhook)
        elif step == "sending":
            Running(parts).dispatcher.dispatch()
            receiver.answer = lambda _: killed(doomed)
        else:
            Running(parts).dispatcher.dispatch()
            receiver.answer = lambda _: locked(blocking, lock_webhook)
        doorbell = '{"log": "events"}' if step == "dispatching" else f'{{"webhookId": "{made["id"]}"}}'
        thread = threading.Thread(target=invoke, args=(doomed, doorbell))
        thread.start()
        if step in ("dispatching", "claiming", "recording"):
            until(lambda: waits_for_lock(parts), 30)
            doomed.kill()
        thread.join(30)
        blocking.rollback()
    before = len(receiver.requests)
    assert before == (1 if step in ("sending", "recording") else 0)
    receiver.answer = lambda _: Reply()
    execute(parts, "UPDATE gateway.webhooks SET claimed_until = now() - interval '1 second' WHERE claim IS NOT NULL")
    with running(parts):
        sweep(parts)
        until(lambda: deliveries(api, made, status="delivered"), 30)
    assert len(receiver.requests) == before + 1
    assert len({request.verify(made["secret"])["id"] for request in receiver.requests}) == 1


@pytest.mark.slow
def test_ten_thousand_behind_are_caught_up_with(api: Api, owner: Owner, receiver: Receiver, parts: Parts) -> None:
    owners = [owner, *(api.linked_session() for _ in range(9))]
    made = listen(api, receiver.url, types=["chat.read"], payload="ids")
    execute(
        parts,
        """
        INSERT INTO gateway.events (session_id, seq, type, data)
        SELECT s.id, 100000 + n, 'chat.read', jsonb_build_object('chatId', s.id)
        FROM gateway.whatsapp_sessions s CROSS JOIN generate_series(1, 1000) n WHERE s.id = ANY(%s)
        """,
        [each.session_id for each in owners],
    )
    started = time.monotonic()
    with running(parts) as function:
        function.bell.ring()
        until(lambda: len(receiver.requests) >= 10_000, 100)
    seconds = time.monotonic() - started
    print(f"10,000 events in {seconds:.1f} s: {10_000 / seconds:.0f} a second")
    assert len({request.id for request in receiver.requests}) == 10_000
    for each in owners:
        seqs = [event["seq"] for event in receiver.events() if event["sessionId"] == str(each.session_id)]
        assert seqs == sorted(seqs)
    assert receiver.requests[-1].verify(made["secret"])


def instance(parts: Parts) -> Instance:
    environment = {**parts.queues.environment, "GATEWAY_PRIVATE_WEBHOOK_URLS": "true"}
    environment |= {"GATEWAY_DATABASE_URL": parts.urls.webhooks, "POWERTOOLS_SERVICE_NAME": "tests"}
    return Instance(Function("webhooks", "functions.webhooks.handler:handler", 60.0, environment))


def invoke(doomed: Instance, doorbell: str) -> None:
    record = {"messageId": "1", "receiptHandle": "1", "body": doorbell, "attributes": {}, "messageAttributes": {}}
    record |= {"md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:0:webhooks"}
    try:
        doomed.invoke({"Records": [{**record, "awsRegion": "us-east-1"}]})
    except InvocationError:
        pass
    finally:
        doomed.end()


def killed(doomed: Instance) -> Reply:
    doomed.kill()
    return Reply()


def locked(blocking: Any, statement: tuple[str, list[str]]) -> Reply:
    blocking.execute(*statement)
    return Reply()


def waits_for_lock(parts: Parts) -> bool:
    with psycopg.connect(parts.urls.admin) as admin:
        row = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return bool(row and row[0])


def sweep(parts: Parts) -> None:
    database = Database(parts.urls.sweeper, pool_size=2, name="sweeper")
    prefix = parts.queues.prefix
    notifier = Notifier(CommandQueues(prefix), TurnQueue(prefix))
    settings = SweeperSettings.model_validate({"database_url": parts.urls.sweeper, "lost_after_seconds": 0})
    try:
        webhook_notifier = WebhookNotifier(WebhookQueue(prefix))
        media = (MediaNotifier(MediaQueue(prefix)), PushQueue(prefix), MediaStorage(bucket_name(prefix)))
        Sweeper(settings, database, notifier, webhook_notifier, *media).sweep(time.monotonic() + 60)
    finally:
        database.close()
