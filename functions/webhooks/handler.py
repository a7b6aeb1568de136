"""Sends events to webhooks: fed by the queue `webhooks`, a doorbell for new events in the log, or for one webhook."""

from __future__ import annotations

from functools import cache

from functions.doorbells import answering
from functions.webhooks.dispatcher import Dispatcher
from functions.webhooks.secret_ring import SecretRing
from functions.webhooks.sender import Sender
from functions.webhooks.transport import Transport
from gateway.aws.encryption import WebhookSecrets
from gateway.aws.notifier import WebhookNotifier
from gateway.aws.queues import WebhookQueue, webhook_of
from gateway.function_database import open_database
from gateway.sender_settings import WebhooksSettings
from gateway.store.database import Database
from gateway.telemetry import adopt

_log = adopt("functions", "webhooks")


def _answer(doorbell: str) -> None:
    webhook_id = webhook_of(doorbell)
    if webhook_id is None:
        _dispatcher().dispatch()
    elif sent := _sender().send(webhook_id):
        _log.info("sent", extra={"webhook_id": str(webhook_id), "requests": sent})


@cache
def _settings() -> WebhooksSettings:
    return WebhooksSettings()  # read from the environment


@cache
def _database() -> Database:
    return open_database(_settings(), "webhooks")


@cache
def _notifier() -> WebhookNotifier:
    return WebhookNotifier(WebhookQueue(_settings().queue_prefix))


@cache
def _dispatcher() -> Dispatcher:
    return Dispatcher(_settings(), _database(), _notifier())


@cache
def _sender() -> Sender:
    settings = _settings()
    transport = Transport(settings.webhook_timeout_seconds, private=settings.private_webhook_urls)
    secrets = SecretRing(WebhookSecrets(settings.kms_key_id), settings.secret_cache_seconds)
    return Sender(settings, _database(), transport, secrets, _notifier())


handler = answering(_log, _answer)
