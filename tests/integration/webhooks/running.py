"""functions/webhooks in this process, fed by its queue as Lambda feeds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from functions.webhooks.dispatcher import Dispatcher
from functions.webhooks.secret_ring import SecretRing
from functions.webhooks.sender import Sender
from functions.webhooks.transport import Transport
from gateway.aws.encryption import WebhookSecrets
from gateway.aws.notifier import WebhookNotifier
from gateway.aws.queues import WebhookQueue, webhook_of
from gateway.event_bell import EventBell
from gateway.sender_settings import WebhooksSettings
from gateway.store.database import Database
from infra.local.queues import sqs_client
from tests.integration.api.server import Api, Owner, Parts


class Running:
    """`bell` is what whoever writes events rings."""

    def __init__(self, parts: Parts, **settings: Any) -> None:
        found = {"database_url": parts.urls.webhooks, "private_webhook_urls": True, "webhook_timeout_seconds": 2.0}
        self.settings = WebhooksSettings.model_validate({**found, **settings})
        self._queues = parts.queues
        self.database = Database(self.settings.database_url.get_secret_value(), pool_size=4, name="webhooks")
        notifier = WebhookNotifier(WebhookQueue(parts.queues.prefix))
        self.transport = Transport(self.settings.webhook_timeout_seconds, private=self.settings.private_webhook_urls)
        secrets = SecretRing(WebhookSecrets(self.settings.kms_key_id), 300)
        self.dispatcher = Dispatcher(self.settings, self.database, notifier)
        self.sender = Sender(self.settings, self.database, self.transport, secrets, notifier)
        self.bell = EventBell(self.database, notifier)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, concurrency: int = 4) -> None:
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(concurrency)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)
        self.transport.close()
        self.database.close()

    def _run(self) -> None:
        client, url = sqs_client(self._queues.endpoint), self._queues.urls["webhooks"]
        while not self._stopping.is_set():
            answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                webhook_id = webhook_of(message["Body"])
                if webhook_id is None:
                    self.dispatcher.dispatch()
                else:
                    self.sender.send(webhook_id)
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@contextmanager
def running(parts: Parts, concurrency: int = 4, **settings: Any) -> Iterator[Running]:
    found = Running(parts, **settings)
    found.start(concurrency)
    try:
        yield found
    finally:
        found.stop()


def listen(api: Api, url: str, **more: Any) -> dict[str, Any]:
    """A webhook of these events."""
    answer = api.post("/webhooks", {"url": url, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def receive_many(owner: Owner, count: int, prefix: str = "M") -> None:
    for number in range(count):
        owner.receive(f"text {number}", f"{prefix}{number:05}")


def deliveries(api: Api, webhook: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/webhooks/{webhook['id']}/deliveries", **query).json()["deliveries"]
    return found


def execute(parts: Parts, statement: str, *values: object) -> None:
    with psycopg.connect(parts.urls.admin) as admin:
        admin.execute(statement, values)
