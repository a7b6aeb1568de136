"""Starts the workers, replaces those that die, forwards signals and reports health. Never loads neonize."""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

import psycopg

from connector.spool.orphans import Orphans
from connector.supervisor import health
from connector.supervisor.cores import whole_cores
from connector.supervisor.report import Report
from connector.supervisor.worker_slot import WorkerSlot
from gateway import metrics, telemetry
from gateway.settings import ConnectorSettings
from gateway.store.database import Database

log = logging.getLogger(__name__)

DATABASE_CHECK_SECONDS = 2.0
# A long poll takes 20 s; reports and renewals come every few seconds.
POLL_AGE_LIMIT_SECONDS = 60.0
# What a worker needs beyond its own drain time.
END_MARGIN_SECONDS = 10.0


class Supervisor:
    """As many worker slots as are configured, the health endpoint and a check of the database."""

    def __init__(self, settings: ConnectorSettings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._database = Database(settings.database_url.get_secret_value(), pool_size=2, name="gateway-supervisor")
        self._database_latency: float | None = None
        orphans = Orphans(settings.spool_directory, self._database)
        self._slots = [WorkerSlot(self._database, orphans) for _ in range(settings.workers or whole_cores())]

    def run(self) -> None:
        """Return once it is to stop and all workers have ended."""
        port = health.serve(self._settings.health_host, self._settings.health_port, self.health)
        log.info("supervising", extra={"workers": len(self._slots), "health_port": port})
        threading.Thread(target=self._check_database, name="database-check", daemon=True).start()
        for slot in self._slots:
            slot.start()
        self._stop.wait()
        for slot in self._slots:
            slot.stop()
        for slot in self._slots:
            slot.join(self._settings.drain_seconds * 2 + END_MARGIN_SECONDS)

    def stop(self) -> None:
        self._stop.set()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the processes live and do their work, and the details.

        While the database is away no other task would do better: that is told, and no reason to replace this one.
        """
        latency = self._database_latency
        workers = [self._worker_health(slot, is_away=latency is None) for slot in self._slots]
        database = {"state": "ok", "latencyMs": round(latency * 1000, 1)} if latency is not None else {"state": "away"}
        healthy = all(worker["state"] in ("ok", "waiting") for worker in workers)
        status = "failing" if not healthy else "ok" if latency is not None else "degraded"
        return healthy, {
            "status": "stopping" if self._stop.is_set() else status,
            "workers": workers,
            "database": database,
            "workerRestarts": sum(slot.restarts for slot in self._slots),
        }

    def _worker_health(self, slot: WorkerSlot, *, is_away: bool) -> dict[str, Any]:
        process = slot.process
        report = process.report if process is not None else None
        if process is None or report is None or not process.alive:
            return {"state": "starting" if process is None or process.alive else "dead", "restarts": slot.restarts}
        return {
            "state": self._state(report, is_away=is_away),
            "id": process.id,
            "pid": process.pid,
            "restarts": slot.restarts,
            "shards": report.shards,
            "sessions": report.sessions,
            "renewalAgeSeconds": round(report.renewal_age, 1),
            "pollAgeSeconds": round(report.poll_age, 1),
        }

    def _state(self, report: Report, *, is_away: bool) -> str:
        """Return ok, failing, or waiting for the database; a worker that hangs grows old in both its ages."""
        if report.poll_age >= POLL_AGE_LIMIT_SECONDS:
            return "failing"
        if report.renewal_age < self._settings.lease_ttl_seconds:
            return "ok"
        return "waiting" if is_away else "failing"

    def _check_database(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                self._database.execute("SELECT 1", [])
                self._database_latency = time.monotonic() - begun
            except psycopg.Error:
                self._database_latency = None
            time.sleep(DATABASE_CHECK_SECONDS)


def main() -> None:
    telemetry.adopt("connector", "supervisor")
    logging.getLogger("connector").setLevel(logging.INFO)
    supervisor = Supervisor(ConnectorSettings())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    metrics.publish(dict)
    supervisor.run()
    metrics.flush()
