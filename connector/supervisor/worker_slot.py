"""One of the supervisor's places for a worker: whenever its worker ends, another one takes the place."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
import uuid

import psycopg

from connector.spool.orphans import Orphans
from connector.supervisor.worker_process import WorkerProcess
from gateway.backoff import Backoff
from gateway.metrics import Metric, measure
from gateway.store import leases
from gateway.store.database import Database

log = logging.getLogger(__name__)

# A worker that ends sooner than this will likely end again.
SHORT_LIFE_SECONDS = 10.0
RESTART_BASE_SECONDS = 0.5
RESTART_LIMIT_SECONDS = 30.0


class WorkerSlot:
    """A thread that starts a worker, waits for its end, releases its leases, and starts the next."""

    def __init__(self, database: Database, orphans: Orphans) -> None:
        self._database = database
        self._orphans = orphans
        self._stop = threading.Event()
        self._backoff = Backoff(RESTART_BASE_SECONDS, RESTART_LIMIT_SECONDS)
        self._thread = threading.Thread(target=self._run, name="worker-slot", daemon=True)
        self.process: WorkerProcess | None = None
        self.restarts = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send the worker SIGTERM, to hand over and end; no other follows."""
        self._stop.set()
        if self.process is not None:
            self.process.send(signal.SIGTERM)

    def join(self, timeout: float) -> None:
        """Wait for the worker's end; kill it after `timeout` seconds."""
        self._thread.join(timeout)
        if self._thread.is_alive() and self.process is not None:
            log.error("a worker did not end in time", extra={"worker": self.process.id})
            self.process.send(signal.SIGKILL)
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._run_one()
            except Exception:
                log.exception("a worker could not be started")
                self._stop.wait(self._backoff.next())

    def _run_one(self) -> None:
        worker_id = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        process = self.process = WorkerProcess(worker_id)
        log.info("worker started", extra={"worker": worker_id, "pid": process.pid})
        if self._stop.is_set():
            process.send(signal.SIGTERM)
        self._announce(worker_id)
        code = process.wait()
        self._release(worker_id)
        if self._stop.is_set():
            log.info("worker ended", extra={"worker": worker_id, "exit_code": code})
            return
        self.restarts += 1
        measure(Metric.WORKERS_DIED)
        log.error("worker died", extra={"worker": worker_id, "exit_code": code, "restarts": self.restarts})
        if time.monotonic() - process.started_at >= SHORT_LIFE_SECONDS:
            self._backoff.reset()
        else:
            self._stop.wait(self._backoff.next())

    def _announce(self, worker_id: str) -> None:
        """Write a heartbeat while it loads what it needs: the others then leave its share of the shards alone."""
        try:
            with self._database.transaction() as connection:
                leases.heartbeat(connection, worker_id)
        except psycopg.Error as error:
            log.warning("a worker could not be announced", extra={"error": type(error).__name__})

    def _release(self, worker_id: str) -> None:
        """Release the leases of a worker that is reaped, and so acts no more; others would have to wait for them.

        First comes what it had received: whoever has the shards next would receive newer events before.
        """
        if not self._orphans.carry_over():
            return
        try:
            with self._database.transaction() as connection:
                released = leases.release_worker(connection, worker_id)
        except psycopg.Error as error:
            log.warning("leases could not be released", extra={"worker": worker_id, "error": type(error).__name__})
        else:
            if released:
                log.info("released the leases of a dead worker", extra={"worker": worker_id, "shards": released})
