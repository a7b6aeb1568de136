"""All metrics, of functions and connector; dashboards and alarms use no other.

They are collected in memory and written to standard output as EMF lines, from which CloudWatch makes metrics. Their
only dimension is the service: sessions and users never become dimensions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from enum import StrEnum

from aws_lambda_powertools.metrics import MetricUnit

from gateway.telemetry import metrics

INTERVAL_SECONDS = 60.0


class Metric(StrEnum):
    """Gauges are read once a minute; the others are counted, or measured in the unit below, as things happen."""

    # Gauges of the rows, by the sweeper.
    SESSIONS_CONNECTED = "SessionsConnected"
    SESSIONS_CONNECTING = "SessionsConnecting"
    SESSIONS_QR_PENDING = "SessionsQrPending"
    SESSIONS_DISCONNECTED = "SessionsDisconnected"
    SESSIONS_LOGGED_OUT = "SessionsLoggedOut"
    SESSIONS_WITHOUT_OWNER = "SessionsWithoutOwner"
    SESSIONS_WANTED = "SessionsWanted"
    SESSIONS_MISSING = "SessionsMissing"
    OLDEST_COMMAND_SECONDS = "OldestCommandSeconds"
    OLDEST_TURN_SECONDS = "OldestTurnSeconds"
    OLDEST_INBOX_SECONDS = "OldestInboxSeconds"
    OLDEST_DELIVERY_SECONDS = "OldestDeliverySeconds"
    OLDEST_MEDIA_SECONDS = "OldestMediaSeconds"
    EVENTS_SET_ASIDE = "EventsSetAside"
    DATABASE_CONNECTIONS = "DatabaseConnections"
    PUSH_CONNECTIONS = "PushConnections"
    PUSHES_STOPPED = "PushesStopped"
    # Counted by the sweeper.
    DELIVERIES_DROPPED = "DeliveriesDropped"
    # The functions'.
    RESPONSES_2XX = "Responses2xx"
    RESPONSES_3XX = "Responses3xx"
    RESPONSES_4XX = "Responses4xx"
    RESPONSES_5XX = "Responses5xx"
    SENDS_REFUSED = "SendsRefused"
    TURNS_REPLIED = "TurnsReplied"
    TURNS_SKIPPED = "TurnsSkipped"
    TURNS_FAILED = "TurnsFailed"
    TURNS_SUPERSEDED = "TurnsSuperseded"
    PLATFORM_KEY_REFUSED = "PlatformKeyRefused"
    MODEL_TIME = "ModelTime"
    MODEL_TOKENS = "ModelTokens"
    WEBHOOKS_ACCEPTED = "WebhooksAccepted"
    WEBHOOKS_NOT_ACCEPTED = "WebhooksNotAccepted"
    WEBHOOKS_GIVEN_UP = "WebhooksGivenUp"
    WEBHOOKS_PAUSED = "WebhooksPaused"
    MEDIA_FETCHED = "MediaFetched"
    MEDIA_UNAVAILABLE = "MediaUnavailable"
    MEDIA_PREPARED = "MediaPrepared"
    MEDIA_REJECTED = "MediaRejected"
    # The connector's.
    SESSIONS_RUNNING = "SessionsRunning"
    SHARDS_HELD = "ShardsHeld"
    LEASES_LOST = "LeasesLost"
    STORE_FAILURES = "StoreFailures"
    WORKERS_DIED = "WorkersDied"
    CONNECTIONS_LOST = "ConnectionsLost"
    CONNECT_FAILURES = "ConnectFailures"
    SESSIONS_UNLINKED = "SessionsUnlinked"
    STREAMS_REPLACED = "StreamsReplaced"
    TEMPORARY_BANS = "TemporaryBans"
    CLIENTS_OUTDATED = "ClientsOutdated"
    MESSAGES_RECEIVED = "MessagesReceived"
    MESSAGES_SENT = "MessagesSent"
    MESSAGES_FAILED = "MessagesFailed"
    SENDS_UNKNOWN = "SendsUnknown"
    TIME_TO_SENT = "TimeToSent"
    MEDIA_UPLOADED = "MediaUploaded"
    UPLOADS_STUCK = "UploadsStuck"


_UNITS = {
    Metric.OLDEST_COMMAND_SECONDS: MetricUnit.Seconds,
    Metric.OLDEST_TURN_SECONDS: MetricUnit.Seconds,
    Metric.OLDEST_INBOX_SECONDS: MetricUnit.Seconds,
    Metric.OLDEST_DELIVERY_SECONDS: MetricUnit.Seconds,
    Metric.OLDEST_MEDIA_SECONDS: MetricUnit.Seconds,
    Metric.MODEL_TIME: MetricUnit.Milliseconds,
    Metric.TIME_TO_SENT: MetricUnit.Milliseconds,
}
_RESPONSES = {
    2: Metric.RESPONSES_2XX,
    3: Metric.RESPONSES_3XX,
    4: Metric.RESPONSES_4XX,
    5: Metric.RESPONSES_5XX,
}
# What the API answers where WhatsApp, not the gateway, did not do what was asked.
_BAD_GATEWAY = 502
_metrics = metrics()
_lock = threading.Lock()


def measure(metric: Metric, value: float = 1) -> None:
    """Record a value, from any thread; only every hundredth value of a metric costs I/O."""
    with _lock:
        _metrics.add_metric(metric.value, _UNITS.get(metric, MetricUnit.Count), value)


def record_response(status: int) -> None:
    """Count an HTTP response by the class of its status, 2xx, 3xx, …; and apart, where WhatsApp is at fault."""
    measure(_RESPONSES[status // 100])
    if status == _BAD_GATEWAY:
        measure(Metric.SENDS_REFUSED)


def flush() -> None:
    """Write what was recorded; the decorator of a Lambda handler does it at the end of each invocation."""
    with _lock:
        if _metrics.provider.metric_set:
            _metrics.flush_metrics()


def publish(
    read_gauges: Callable[[], Mapping[Metric, float]], interval: float = INTERVAL_SECONDS
) -> Callable[[], None]:
    """Read the gauges and write everything every `interval` seconds, in a thread; return the function that ends it."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(interval):
            for metric, value in read_gauges().items():
                measure(metric, value)
            flush()

    thread = threading.Thread(target=run, name="metrics", daemon=True)
    thread.start()

    def end() -> None:
        ended.set()
        thread.join()

    return end
