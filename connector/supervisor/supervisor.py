"""Starts the workers, replaces those that die, forwards signals and reports health.

It loads as little as it can: neither the WhatsApp library, whose crash it must survive, nor the database's.
"""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from connector.supervisor import health
from connector.supervisor.cores import whole_cores
from connector.supervisor.report import Report
from connector.supervisor.settings import SupervisorSettings
from connector.supervisor.worker_slot import WorkerSlot
from gateway import metrics, telemetry

log = logging.getLogger(__name__)

# A long poll takes 20 s; reports and renewals come every few seconds.
POLL_AGE_LIMIT_SECONDS = 60.0
# What a worker needs beyond its own drain time.
END_MARGIN_SECONDS = 10.0


class Supervisor:
    """As many worker slots as are configured, and the health endpoint."""

    def __init__(self, settings: SupervisorSettings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._slots = [WorkerSlot() for _ in range(settings.workers or whole_cores())]

    def run(self) -> None:
        """Return once it is to stop and all workers have ended."""
        port = health.serve(self._settings.health_host, self._settings.health_port, self.health)
        log.info("supervising", extra={"workers": len(self._slots), "health_port": port})
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
        database = self._database_health()
        is_away = database["state"] == "away"
        workers = [self._worker_health(slot, is_away=is_away) for slot in self._slots]
        healthy = all(worker["state"] in ("ok", "waiting") for worker in workers)
        status = "failing" if not healthy else "degraded" if is_away else "ok"
        return healthy, {
            "status": "stopping" if self._stop.is_set() else status,
            "workers": workers,
            "database": database,
            "workerRestarts": sum(slot.restarts for slot in self._slots),
        }

    def _database_health(self) -> dict[str, Any]:
        """Return what the workers know of the database; it is there when it answers one of them."""
        reports = [report for slot in self._slots if (report := slot.report) is not None]
        latencies = [report.database_latency for report in reports if report.database_latency is not None]
        if latencies:
            return {"state": "ok", "latencyMs": round(max(latencies) * 1000, 1)}
        return {"state": "away" if reports else "unknown"}

    def _worker_health(self, slot: WorkerSlot, *, is_away: bool) -> dict[str, Any]:
        process, report = slot.process, slot.report
        if process is None or report is None:
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


def run(settings: SupervisorSettings) -> None:
    """Supervise until SIGTERM or SIGINT."""
    telemetry.adopt("connector", "supervisor")
    logging.getLogger("connector").setLevel(logging.INFO)
    supervisor = Supervisor(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    metrics.publish(dict)
    supervisor.run()
    metrics.flush()
