"""A worker: leases shards, receives their doorbells, runs their sessions.

`python -m connector.worker ID DESCRIPTOR`, started by the supervisor: it reports on the descriptor, and ends when its
standard input closes, which only the supervisor's death does.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg

from connector.credentials import Credentials
from connector.sessions.doorbells import Doorbells
from connector.sessions.event_ringer import EventRinger
from connector.sessions.limiter import FairLimiter
from connector.sessions.resources import Resources
from connector.sessions.uploads import Uploads
from connector.shards.doorbell_poller import DoorbellPoller
from connector.shards.leaseholder import LeaseCallbacks, Leaseholder
from connector.shards.listener import Listener
from connector.shards.session_registry import SessionRegistry
from connector.spool.orphans import Orphans
from connector.spool.spool import Spool
from connector.supervisor.report import Report, send_reports
from connector.term import Term
from connector.whatsapp.errors import StoreUnavailable
from connector.whatsapp.spare_child import SpareChild
from connector.whatsapp.stdout import quiet_stdout
from gateway import metrics, telemetry
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
# psycopg's pool logs every connection it lends at INFO.
LEVELS = {"connector": logging.INFO, "whatsmeow": logging.INFO, "psycopg": logging.WARNING}


class Worker:
    """The parts of a worker, and what follows when a shard is acquired, lost or requested by another worker."""

    def __init__(self, settings: ConnectorSettings, worker_id: str) -> None:
        dsn = settings.database_url.get_secret_value()
        self._settings = settings
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
        # Of their own: whatever keeps the others busy, leases are renewed.
        lease_database = Database(
            dsn,
            pool_size=LEASE_CONNECTIONS,
            name="gateway-leases",
            wait_seconds=settings.lease_ttl_seconds / 6,
            direct=True,
            lock_seconds=settings.lease_ttl_seconds / 6,
        )
        # Behind a pooler no lock of a session can be held.
        lock_dsn = dsn if settings.listen else None
        self._leaseholder = Leaseholder(lease_database, worker_id, settings, callbacks, lock_dsn)

    def run(self) -> None:
        """Return once it is to stop and everything is handed over."""
        self._when_available(self._credentials.migrate)
        self._when_available(lambda: self._spool.start(self._registry.wake_for_events, self._registry.wake_for_history))
        self._orphans.carry_over()
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
        self._drain()

    def stop(self) -> None:
        self._stop.set()
        self._woken.set()

    def report(self) -> Report:
        return Report(
            shards=len(self._leaseholder.terms),
            sessions=self._registry.size,
            renewal_age=self._leaseholder.renewal_age,
            poll_age=self._poller.oldest_poll_age,
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

    def _drain(self) -> None:
        """Release shard by shard, so that a successor need not wait for the slowest."""
        terms = self._leaseholder.drain()
        log.info("draining", extra={"shards": len(terms)})
        self._listener.stop()
        self._poller.stop_all()
        with ThreadPoolExecutor(max(len(terms), 1)) as pool:
            list(pool.map(self._release_shard, terms))
        deadline = time.monotonic() + self._settings.drain_seconds
        while self._leaseholder.terms and time.monotonic() < deadline:
            time.sleep(self._settings.idle_seconds)
        self._leaseholder.stop()
        if not self._spool.close(self._settings.close_seconds):
            log.warning("received events are left to the successor", extra={"count": self._spool.pending})


def end_with_parent() -> None:
    """End when standard input closes, which only the supervisor's end does: nobody would release our shards then."""

    def run() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os._exit(1)

    threading.Thread(target=run, name="parent-watch", daemon=True).start()


def set_up_logging() -> None:
    """Keep our lines apart from descriptor 1, to which Go prints."""
    quiet_stdout()
    for name, level in LEVELS.items():
        telemetry.adopt(name, "worker")
        logging.getLogger(name).setLevel(level)


def main() -> None:
    worker_id, descriptor = sys.argv[1], int(sys.argv[2])
    set_up_logging()
    end_with_parent()
    worker = Worker(ConnectorSettings(), worker_id)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    send_reports(descriptor, worker.report)
    metrics.publish(worker.gauges)
    begun = time.monotonic()
    worker.run()
    log.info("ended", extra={"seconds": round(time.monotonic() - begun, 1)})
    metrics.flush()
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
