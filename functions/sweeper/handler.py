"""Runs every minute: sends lost doorbells again, ends what is stuck, reads gauges, deletes what is old."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.sweeper.sweeping import Sweeper
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, PushQueue, TurnQueue, WebhookQueue
from gateway.store.database import Database
from gateway.sweeper_settings import SweeperSettings
from gateway.telemetry import adopt, metrics, traced

_log = adopt("functions", "sweeper")
_metrics = metrics()
# A task that has begun is to end before the function is ended.
_MARGIN_SECONDS = 20.0


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Return how much each task found."""
    left = context.get_remaining_time_in_millis() / 1000
    done = _sweeper().sweep(time.monotonic() + max(left - _MARGIN_SECONDS, 0))
    _log.info("swept", extra=done)
    return done


@cache
def _sweeper() -> Sweeper:
    settings = SweeperSettings()  # read from the environment
    database = Database(settings.database_url.get_secret_value(), pool_size=2, name="sweeper")
    notifier = Notifier(CommandQueues(settings.queue_prefix), TurnQueue(settings.queue_prefix))
    prefix = settings.queue_prefix
    return Sweeper(
        settings,
        database,
        notifier,
        WebhookNotifier(WebhookQueue(prefix)),
        MediaNotifier(MediaQueue(prefix)),
        PushQueue(prefix),
        MediaStorage(settings.media_bucket),
    )
