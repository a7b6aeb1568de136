"""A receiver that is away for long, or too slow: what is open for it is bounded, counted, and can be replayed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from functions.sweeper.sweeping import Sweeper
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, PushQueue, TurnQueue, WebhookQueue
from gateway.store.database import Database
from gateway.sweeper_settings import SweeperSettings
from infra.local.queues import bucket_name
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.webhooks.receiver import Receiver, Reply
from tests.integration.webhooks.running import Running, deliveries, execute, listen, receive_many

RECEIVED = {"types": ["message.received"]}
Sweep = Callable[[], dict[str, int]]


@pytest.fixture
def sweep(parts: Parts) -> Iterator[Sweep]:
    """Runs the sweeper, which leaves two deliveries open."""
    database, prefix = Database(parts.urls.sweeper), parts.queues.prefix
    sweeper = Sweeper(
        SweeperSettings(database_url=parts.urls.sweeper, open_deliveries=2, lost_after_seconds=3600),
        database,
        Notifier(CommandQueues(prefix), TurnQueue(prefix)),
        WebhookNotifier(WebhookQueue(prefix)),
        MediaNotifier(MediaQueue(prefix)),
        PushQueue(prefix),
        MediaStorage(bucket_name(prefix)),
    )
    yield lambda: sweeper.sweep(time.monotonic() + 60)
    database.close()


def test_the_oldest_are_dropped_and_replayed_later(
    api: Api, owner: Owner, receiver: Receiver, function: Running, sweep: Sweep
) -> None:
    receiver.answer = lambda request: Reply(200 if request.path == "/watch" else 503)
    watcher = listen(api, f"{receiver.url}/watch", types=["webhook.dropped"])
    made = listen(api, receiver.url, **RECEIVED)
    path = f"/webhooks/{made['id']}"
    receive_many(owner, 5)
    function.dispatcher.dispatch()
    assert sweep()["deliveries_dropped"] == 3
    assert sweep()["deliveries_dropped"] == 0
    assert api.get(path).json()["dropped"] == 3
    receive_many(owner, 1, "N")
    function.dispatcher.dispatch()
    assert sweep()["deliveries_dropped"] == 1
    function.sender.send(UUID(watcher["id"]))
    told = until(lambda: [each.verify(watcher["secret"]) for each in receiver.requests if each.path == "/watch"])
    assert [(event["type"], event["data"]) for event in told] == [
        ("webhook.dropped", {"webhookId": made["id"], "dropped": 3})
    ]
    newest_first = [(each["status"], each["nextAttemptAt"] is None) for each in deliveries(api, made)]
    assert newest_first == [("pending", False)] * 2 + [("dropped", True)] * 4
    receiver.answer = lambda _: Reply()
    assert api.post(f"{path}/replay", {"after": "earliest"}).json()["replayed"] == 4
    until(lambda: len(deliveries(api, made, status="delivered")) == 6)


def test_what_is_open_when_it_was_paused_is_kept_as_long_as_events_are(
    api: Api, owner: Owner, receiver: Receiver, function: Running, parts: Parts, sweep: Sweep
) -> None:
    made = listen(api, receiver.url, **RECEIVED)
    path = f"/webhooks/{made['id']}"
    owner.receive("hello", "AB01")
    receiver.answer = lambda _: Reply(503)
    function.dispatcher.dispatch()
    api.request("PATCH", path, json={"status": "paused"})
    execute(parts, "UPDATE gateway.webhooks SET paused_at = now() - interval '31 days' WHERE id = %s", made["id"])
    assert sweep()["deliveries_dropped"] == 0
    age = "UPDATE gateway.webhook_deliveries SET due_since = now() - interval '31 days' WHERE webhook_id = %s"
    execute(parts, age, made["id"])
    assert sweep()["deliveries_dropped"] == 1
    assert api.get(path).json()["dropped"] == 1
