"""Answers incoming messages: fed by the queue `replies`, one doorbell a turn."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.replies.keys import KeyRing
from functions.replies.model import Model
from functions.replies.model_caller import ModelCaller
from functions.replies.replying import Replier
from gateway.aws.encryption import ModelKeys
from gateway.aws.notifier import Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, TurnQueue, WebhookQueue, turn_of
from gateway.domain.turns import TurnStatus
from gateway.event_bell import EventBell
from gateway.function_database import open_database
from gateway.metrics import Metric, measure
from gateway.settings import RepliesSettings
from gateway.store.database import Database
from gateway.telemetry import adopt, log_failure, metrics, traced

_log = adopt("functions", "replies")
_metrics = metrics()
_METRICS = {
    TurnStatus.REPLIED: Metric.TURNS_REPLIED,
    TurnStatus.SKIPPED: Metric.TURNS_SKIPPED,
    TurnStatus.FAILED: Metric.TURNS_FAILED,
    TurnStatus.SUPERSEDED: Metric.TURNS_SUPERSEDED,
}
# A batch that failed as a whole is a partial failure too: an error would only hide which doorbells were in it.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Return which doorbells must be received again."""
    return process_partial_response(event=event, record_handler=_answer, processor=_processor, context=context)


def _answer(record: SQSRecord) -> None:
    """Answer the turn of a doorbell; what is not one fails each time, and so ends in the dead-letter queue."""
    try:
        finished = _replier().answer(turn_of(record.body))
    except Exception as error:
        log_failure(_log, error, message_id=record.message_id)
        raise
    if finished is not None and finished.status in _METRICS:
        measure(_METRICS[finished.status])
    if finished is not None:
        _event_bell().ring()


@cache
def _settings() -> RepliesSettings:
    return RepliesSettings()  # read from the environment


@cache
def _database() -> Database:
    return open_database(_settings(), "replies")


@cache
def _replier() -> Replier:
    settings = _settings()
    keys = KeyRing(ModelKeys(settings.kms_key_id), settings.model_api_key, settings.key_cache_seconds)
    model = Model(settings.model_timeout_seconds, settings.model_retries)
    notifier = Notifier(CommandQueues(settings.queue_prefix), TurnQueue(settings.queue_prefix))
    return Replier(settings, _database(), ModelCaller(settings, model, keys), notifier)


@cache
def _event_bell() -> EventBell:
    return EventBell(_database(), WebhookNotifier(WebhookQueue(_settings().queue_prefix)))
