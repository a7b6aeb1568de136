"""Answers incoming messages: fed by the queue `replies`, one doorbell a turn."""

from __future__ import annotations

from functools import cache

from functions.doorbells import answering
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
from gateway.telemetry import adopt

_log = adopt("functions", "replies")
_METRICS = {
    TurnStatus.REPLIED: Metric.TURNS_REPLIED,
    TurnStatus.SKIPPED: Metric.TURNS_SKIPPED,
    TurnStatus.FAILED: Metric.TURNS_FAILED,
    TurnStatus.SUPERSEDED: Metric.TURNS_SUPERSEDED,
}


def _answer(doorbell: str) -> None:
    finished = _replier().answer(turn_of(doorbell))
    if finished is None:
        return
    if finished.status in _METRICS:
        measure(_METRICS[finished.status])
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


handler = answering(_log, _answer)
