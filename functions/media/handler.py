"""Works on the files of messages: fed by the queue `media`, a doorbell for each that is to be looked at."""

from __future__ import annotations

from functools import cache

from functions.doorbells import answering
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
from gateway.telemetry import adopt

_log = adopt("functions", "media")


def _answer(doorbell: str) -> None:
    work = take(_database(), media_of(doorbell), _settings().media_claim_seconds)
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


handler = answering(_log, _answer)
