"""One of the supervisor's places for a worker: whenever its worker ends, another one takes the place."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid

from connector.supervisor.report import Report
from connector.supervisor.worker_process import WorkerProcess
from gateway.backoff import Backoff
from gateway.metrics import Metric, measure

log = logging.getLogger(__name__)

# A worker that ends sooner than this will likely end again.
SHORT_LIFE_SECONDS = 10.0
RESTART_BASE_SECONDS = 0.5
RESTART_LIMIT_SECONDS = 30.0
# Longer takes only what waits for the database; what is left then is found by the next worker of this machine.
SETTLE_SECONDS = 15.0


class WorkerSlot:
    """A thread that starts a worker, waits for its end, and starts the next, which takes its place."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._backoff = Backoff(RESTART_BASE_SECONDS, RESTART_LIMIT_SECONDS)
        self._thread = threading.Thread(target=self._run, name="worker-slot", daemon=True)
        self.process: WorkerProcess | None = None
        self.restarts = 0
        # A worker that is dead and has left something to others.
        self._unsettled: str | None = None

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

    @property
    def report(self) -> Report | None:
        """What the worker reported last; None while there is none."""
        return self.process.report if self.process is not None else None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._run_one()
            except Exception:
                log.exception("a worker could not be started")
                self._stop.wait(self._backoff.next())
        self._settle()

    def _run_one(self) -> None:
        worker_id = f"{socket.gethostname()}-{uuid.uuid4().hex[:12]}"
        process = self.process = WorkerProcess(worker_id, self._unsettled)
        self._unsettled = None
        log.info("worker started", extra={"worker": worker_id, "pid": process.pid})
        if self._stop.is_set():
            process.send(signal.SIGTERM)
        code = process.wait()
        if code != 0:
            self._unsettled = worker_id
        if self._stop.is_set():
            log.info("worker ended", extra={"worker": worker_id, "exit_code": code})
            return
        self.restarts += 1
        measure(Metric.WORKERS_DIED)
        log.error("worker died", extra={"worker": worker_id, "exit_code": code, "restarts": self.restarts})
        if time.monotonic() - process.started_at >= SHORT_LIFE_SECONDS:
            self._backoff.reset()
        else:
            self._settle()
            self._stop.wait(self._backoff.next())

    def _settle(self) -> None:
        """Have settled what the last worker left, where no other one follows that would do it first of all."""
        worker_id, self._unsettled = self._unsettled, None
        if worker_id is None:
            return
        command = [sys.executable, "-m", "connector.succession", worker_id]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, timeout=SETTLE_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("what a worker left waits", extra={"worker": worker_id, "error": type(error).__name__})
