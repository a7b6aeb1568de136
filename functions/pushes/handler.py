"""Runs while somebody has subscribed over a WebSocket: begun by the queue `pushes`, and begins its successor."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.pushes.run import Pushes
from gateway.aws.connections import Connections
from gateway.aws.queues import PushQueue
from gateway.event_tail import EventTail
from gateway.function_database import open_database
from gateway.listening import Listener
from gateway.settings import PushesSettings
from gateway.store import event_listeners
from gateway.telemetry import adopt, metrics, traced

_log = adopt("functions", "pushes")
_metrics = metrics()
# What is under way is to end before the function is ended.
_MARGIN_SECONDS = 15.0


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, list[Any]]:
    """Return that no doorbell failed: each says no more than the others."""
    left = context.get_remaining_time_in_millis() / 1000
    _pushes().run(time.monotonic() + max(left - _MARGIN_SECONDS, 0))
    return {"batchItemFailures": []}


@cache
def _pushes() -> Pushes:
    settings = PushesSettings()  # read from the environment
    dsn = settings.database_url.get_secret_value()
    database = open_database(settings, "pushes")
    connections = Connections(settings.websocket_url, settings.pushes_at_once)
    listener = Listener(dsn if settings.database_direct else None, [event_listeners.CHANNEL])
    tail = EventTail(database, listener)
    return Pushes(database, connections, PushQueue(settings.queue_prefix), tail, settings.pushes_at_once)
