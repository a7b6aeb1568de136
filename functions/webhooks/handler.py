"""Sends events to webhooks: fed by the queue `webhooks`, a doorbell for new events in the log, or for one webhook."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

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
from gateway.telemetry import adopt, log_failure, metrics, traced

_log = adopt("functions", "webhooks")
_metrics = metrics()
# A batch that failed as a whole is a partial failure too: an error would only hide which doorbells were in it.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return which doorbells must be received again."""
    return process_partial_response(event=event, record_handler=_answer, processor=_processor, context=context)


def _answer(record: SQSRecord) -> None:
    """Act on a doorbell; what is not one fails each time, and so ends in the dead-letter queue."""
    try:
        _act(webhook_of(record.body))
    except Exception as error:
        log_failure(_log, error, message_id=record.message_id)
        raise


def _act(webhook_id: UUID | None) -> None:
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
