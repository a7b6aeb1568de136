"""A worker: leases shards, hears their doorbells, runs their sessions.

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
from concurrent.futures import ThreadPoolExecutor

from connector.credentials import Credentials
from connector.sessions.limiter import FifoLimiter
from connector.sessions.resources import Resources
from connector.sessions.turn_notifier import TurnNotifier
from connector.shards.doorbell_poller import DoorbellPoller
from connector.shards.leaseholder import Changes, Leaseholder
from connector.shards.listener import Listener
from connector.shards.session_registry import SessionRegistry
from connector.supervisor.report import Report, send_reports
from connector.term import Term
from connector.whatsapp.errors import StoreUnavailable
from connector.whatsapp.stdout import quiet_stdout
from gateway import metrics, telemetry
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.backoff import Backoff
from gateway.metrics import Metric
from gateway.settings import ConnectorSettings
from gateway.store.database import Database

log = logging.getLogger(__name__)

# psycopg's pool tells of every connection it lends at INFO.
LEVELS = {"connector": logging.INFO, "whatsmeow": logging.INFO, "psycopg": logging.WARNING}


class Worker:
    def __init__(self, settings: ConnectorSettings, worker_id: str) -> None:
        dsn = settings.database_url.get_secret_value()
        self._settings = settings
        self._stop = threading.Event()
        self._look_due = threading.Event()
        self._credentials = Credentials(settings.whatsmeow_database_url.get_secret_value())
        database = Database(dsn, pool_size=settings.database_pool_size, name="gateway-worker", direct=True)
        pairings = FifoLimiter(settings.max_pairings)
        turn_bells = TurnNotifier(TurnQueue(settings.queue_prefix))
        self._roster = SessionRegistry(
            Resources(worker_id, settings, database, self._credentials, pairings, turn_bells)
        )
        self._doorbells = DoorbellPoller(CommandQueues(settings.queue_prefix), self._roster.ring)
        self._listener = Listener(dsn, listen=settings.listen, ring=self._roster.ring, away=self._roster.suspend)
        changes = Changes(self._take, self._lose, self._hand_over)
        self._leaseholder = Leaseholder(database, worker_id, settings, changes)

    def run(self) -> None:
        """Returns when it was asked to stop and everything is handed over."""
        self._migrate()
        self._listener.start()
        self._leaseholder.start()
        while not self._stop.is_set():
            self._look_due.wait(self._settings.look_interval_seconds)
            self._look_due.clear()
            self._roster.look()
        self._drain()

    def stop(self) -> None:
        self._stop.set()
        self._look_due.set()

    def report(self) -> Report:
        return Report(
            shards=len(self._leaseholder.terms),
            sessions=self._roster.size,
            renewal_age=self._leaseholder.renewal_age,
            poll_age=self._doorbells.slowest_tick,
        )

    def gauges(self) -> dict[Metric, float]:
        return {Metric.SHARDS_HELD: len(self._leaseholder.terms), Metric.SESSIONS_RUNNING: self._roster.size}

    def _migrate(self) -> None:
        """whatsmeow's tables, before any client; waits for a database that is away."""
        backoff = Backoff(self._settings.reconnect_base_seconds, self._settings.reconnect_max_seconds)
        while not self._stop.is_set():
            try:
                return self._credentials.migrate()
            except StoreUnavailable:
                log.warning("whatsmeow's store is not available")
                self._stop.wait(backoff.next())

    # changes of shards

    def _take(self, term: Term) -> None:
        self._doorbells.attend(term.shard)
        self._roster.open(term)
        self._look_due.set()

    def _lose(self, term: Term) -> None:
        self._doorbells.leave(term.shard)
        self._roster.drop(term)

    def _hand_over(self, term: Term) -> None:
        name = f"hand-over-{term.shard}"
        threading.Thread(target=self._give_up, args=(term,), name=name, daemon=True).start()

    def _give_up(self, term: Term) -> None:
        self._doorbells.leave(term.shard)
        self._roster.close(term, self._settings.drain_seconds)
        self._leaseholder.release(term)

    def _drain(self) -> None:
        """Shard by shard, so that a successor need not wait for the slowest."""
        terms = self._leaseholder.drain()
        log.info("draining", extra={"shards": len(terms)})
        self._listener.stop()
        self._doorbells.leave_all()
        with ThreadPoolExecutor(max(len(terms), 1)) as pool:
            list(pool.map(self._give_up, terms))
        deadline = time.monotonic() + self._settings.drain_seconds
        while self._leaseholder.terms and time.monotonic() < deadline:
            time.sleep(self._settings.idle_seconds)
        self._leaseholder.stop()


def end_with_parent() -> None:
    """Only the supervisor's end closes our standard input: nobody would release our shards then."""

    def run() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os._exit(1)

    threading.Thread(target=run, name="parent", daemon=True).start()


def set_up_logging() -> None:
    """Go prints to descriptor 1: our lines go elsewhere."""
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
