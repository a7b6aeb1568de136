"""A worker: leases shards, receives their doorbells, runs their sessions."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from connector.credentials import Credentials
from connector.database_health import DatabaseHealth
from connector.sessions.doorbells import Doorbells
from connector.sessions.event_ringer import EventRinger
from connector.sessions.limiter import FairLimiter
from connector.sessions.resources import Resources
from connector.sessions.uploads import Uploads
from connector.shards.doorbell_poller import DoorbellPoller
from connector.shards.lease_callbacks import LeaseCallbacks
from connector.shards.leaseholder import Leaseholder
from connector.shards.listener import Listener
from connector.shards.session_registry import SessionRegistry
from connector.spool.orphans import Orphans
from connector.spool.spool import Spool
from connector.supervisor.report import Report
from connector.term import Term
from connector.whatsapp.errors import StoreUnavailable
from connector.whatsapp.spare_child import SpareChild
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, TurnQueue, WebhookQueue
from gateway.backoff import Backoff
from gateway.event_bell import EventBell
from gateway.metrics import Metric
from gateway.settings import ConnectorSettings
from gateway.store.database import Database
from gateway.store.sessions import CHANNEL, COMMANDS_CHANNEL

log = logging.getLogger(__name__)

# One renews and acquires, one releases.
LEASE_CONNECTIONS = 2
MEGABYTE = 1 << 20


class Worker:
    """The parts of a worker, and what follows when a shard is acquired, lost or requested by another worker."""

    def __init__(self, settings: ConnectorSettings, worker_id: str, health: DatabaseHealth) -> None:
        dsn = settings.database_url.get_secret_value()
        self._settings = settings
        self._health = health
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._credentials = Credentials(settings.whatsmeow_database_url.get_secret_value())
        database = Database(dsn, pool_size=settings.database_pool_size, name="gateway-worker", direct=True)
        self._spool = Spool(settings.spool_directory, worker_id, database, round(settings.spool_megabytes * MEGABYTE))
        self._orphans = Orphans(settings.spool_directory, database)
        resources = Resources(
            worker_id,
            settings,
            database,
            self._credentials,
            FairLimiter(settings.max_pairings, settings.max_pairings_per_user),
            SpareChild(settings.spare_pairing_seconds),
            Doorbells("replies", TurnQueue(settings.queue_prefix).send),
            Doorbells("media", MediaQueue(settings.queue_prefix).send),
            self._spool,
            EventRinger(EventBell(database, WebhookNotifier(WebhookQueue(settings.queue_prefix)))),
            MediaStorage(settings.media_bucket),
            Uploads(settings.uploads, settings.upload_megabytes * MEGABYTE, self.stop),
        )
        self._registry = registry = SessionRegistry(resources)
        self._poller = DoorbellPoller(CommandQueues(settings.queue_prefix), registry.look_at, rests=settings.listen)
        wake = {CHANNEL: registry.wake, COMMANDS_CHANNEL: registry.wake_for_commands}
        self._listener = Listener(dsn, listen=settings.listen, wake=wake, on_away=registry.suspend)
        callbacks = LeaseCallbacks(self._start_shard, self._drop_shard, self._hand_over, self._may_acquire)
        # Behind a pooler no lock of a session can be held.
        lock_dsn = dsn if settings.listen else None
        self._leaseholder = Leaseholder(_lease_database(settings), worker_id, settings, callbacks, health, lock_dsn)

    def run(self) -> bool:
        """Return once it is to stop, and whether everything is handed over then."""
        self._when_available(self._credentials.migrate)
        self._when_available(lambda: self._spool.start(self._registry.wake_for_events, self._registry.wake_for_history))
        self._listener.start()
        self._leaseholder.start()
        look_at = time.monotonic()
        while not self._stop.is_set():
            self._woken.wait(max(look_at - time.monotonic(), 0.0))
            self._woken.clear()
            self._registry.wake_opened()
            if time.monotonic() >= look_at:
                self._registry.wake_due()
                look_at = time.monotonic() + self._settings.look_interval_seconds
        return self._drain()

    def stop(self) -> None:
        self._stop.set()
        self._woken.set()

    def report(self) -> Report:
        return Report(
            shards=len(self._leaseholder.terms),
            sessions=self._registry.size,
            renewal_age=self._leaseholder.renewal_age,
            poll_age=self._poller.oldest_poll_age,
            database_latency=self._health.latency,
        )

    def gauges(self) -> dict[Metric, float]:
        return {Metric.SHARDS_HELD: len(self._leaseholder.terms), Metric.SESSIONS_RUNNING: self._registry.size}

    def _when_available(self, prepare: Callable[[], None]) -> None:
        """Prepare what comes before any client; wait while the database is away."""
        backoff = Backoff(self._settings.reconnect_base_seconds, self._settings.reconnect_max_seconds)
        while not self._stop.is_set():
            try:
                return prepare()
            except (StoreUnavailable, psycopg.Error) as error:
                log.warning("the database is not available", extra={"error": type(error).__name__})
                self._stop.wait(backoff.next())

    # changes of shards

    def _may_acquire(self) -> bool:
        """Return whether nothing is left that dead workers of this machine received: it comes before what is new."""
        return self._orphans.are_gone(self._leaseholder.wake)

    def _start_shard(self, term: Term) -> None:
        self._poller.start(term.shard)
        self._registry.open(term)
        self._woken.set()

    def _drop_shard(self, term: Term) -> None:
        self._poller.stop(term.shard)
        self._registry.drop(term)

    def _hand_over(self, term: Term) -> None:
        name = f"hand-over-{term.shard}"
        threading.Thread(target=self._release_shard, args=(term,), name=name, daemon=True).start()

    def _release_shard(self, term: Term) -> None:
        self._poller.stop(term.shard)
        self._registry.close(term, self._settings.drain_seconds)
        self._leaseholder.release(term)

    def _drain(self) -> bool:
        """Release shard by shard, so that a successor need not wait for the slowest. Return whether nothing is left."""
        terms = self._leaseholder.drain()
        log.info("draining", extra={"shards": len(terms)})
        self._listener.stop()
        self._poller.stop_all()
        with ThreadPoolExecutor(max(len(terms), 1)) as pool:
            list(pool.map(self._release_shard, terms))
        deadline = time.monotonic() + self._settings.drain_seconds
        while self._leaseholder.terms and time.monotonic() < deadline:
            time.sleep(self._settings.idle_seconds)
        is_released = not self._leaseholder.terms
        self._leaseholder.stop()
        if not (is_carried := self._spool.close(self._settings.close_seconds)):
            log.warning("received events are left to the successor", extra={"count": self._spool.pending})
        log.info("ended")
        return is_released and is_carried


def _lease_database(settings: ConnectorSettings) -> Database:
    """Return connections of their own: whatever keeps the others busy, leases are renewed."""
    return Database(
        settings.database_url.get_secret_value(),
        pool_size=LEASE_CONNECTIONS,
        name="gateway-leases",
        wait_seconds=settings.lease_ttl_seconds / 6,
        direct=True,
        lock_seconds=settings.lease_ttl_seconds / 6,
    )
