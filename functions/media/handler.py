"""Works on the files of messages: fed by the queue `media`, a doorbell for each that is to be looked at."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.media.download import Downloads
from functions.media.fetching import Fetching
from functions.media.receiving import Receiving
from functions.media.sending import Sending
from functions.media.work import Work, take
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, TurnQueue, WebhookQueue, media_of
from gateway.domain.media import MediaOrigin
from gateway.event_bell import EventBell
from gateway.function_database import open_database
from gateway.media_function_settings import MediaSettings
from gateway.store.database import Database
from gateway.telemetry import adopt, log_failure, metrics, traced

_log = adopt("functions", "media")
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
        _act(media_of(record.body))
    except Exception as error:
        log_failure(_log, error, message_id=record.message_id)
        raise


def _act(media_id: UUID) -> None:
    work = take(_database(), media_id, _settings().media_claim_seconds)
    if work is not None:
        _ACTIONS[MediaOrigin(work.file.origin)](work)


def _receive(work: Work) -> None:
    _receiving().receive(work)


def _take_over(work: Work) -> None:
    _sending().take_over(work)


def _prepare(work: Work) -> None:
    _sending().prepare(work)


# By where a file comes from.
_ACTIONS = {
    MediaOrigin.RECEIVED: _receive,
    MediaOrigin.PICTURE: _receive,
    MediaOrigin.UPLOAD: _take_over,
    MediaOrigin.PREPARED: _prepare,
}


@cache
def _settings() -> MediaSettings:
    return MediaSettings()  # read from the environment


@cache
def _database() -> Database:
    return open_database(_settings(), "media")


@cache
def _storage() -> MediaStorage:
    return MediaStorage(_settings().media_bucket)


@cache
def _notifier() -> MediaNotifier:
    return MediaNotifier(MediaQueue(_settings().queue_prefix))


@cache
def _receiving() -> Receiving:
    settings = _settings()
    bell = EventBell(_database(), WebhookNotifier(WebhookQueue(settings.queue_prefix)))
    return Receiving(settings, _database(), _storage(), Downloads(settings), _notifier(), bell)


@cache
def _sending() -> Sending:
    settings = _settings()
    fetching = Fetching(settings.media_fetch_seconds, private=settings.private_media_urls)
    owners = Notifier(CommandQueues(settings.queue_prefix), TurnQueue(settings.queue_prefix))
    return Sending(settings, _database(), _storage(), fetching, _notifier(), owners)
