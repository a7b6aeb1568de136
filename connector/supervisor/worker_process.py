"""A worker as its supervisor sees it: a child process that reports, and that ends when we do."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from connector.supervisor.report import Report
from connector.whatsapp.environment import GO_ENVIRONMENT

log = logging.getLogger(__name__)


class WorkerProcess:
    """Starts at once, and takes the place of a dead `predecessor`.

    Its standard input is a pipe from us, whose end it does not survive.
    """

    module: ClassVar[str] = "connector.worker"

    def __init__(self, worker_id: str, predecessor: str | None = None) -> None:
        self.id = worker_id
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, worker_id, str(writing), *([predecessor] if predecessor else [])],
            stdin=subprocess.PIPE,
            pass_fds=[writing],
            env=os.environ | GO_ENVIRONMENT,
        )
        os.close(writing)
        self.started_at = time.monotonic()
        self._reported: tuple[float, Report] | None = None
        threading.Thread(target=self._read_reports, args=(reading,), name=f"reports-{worker_id}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def report(self) -> Report | None:
        """The last one, with its ages as they are by now; None before the first, and after its end."""
        if self._reported is None or not self.alive:
            return None
        at, report = self._reported
        age = time.monotonic() - at
        return replace(report, renewal_age=report.renewal_age + age, poll_age=report.poll_age + age)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end and return the exit code; a negative one is the signal that ended it."""
        code = self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        return code

    def _read_reports(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as lines:
            for line in lines:
                try:
                    self._reported = (time.monotonic(), Report.decode(line))
                except (ValueError, TypeError):
                    log.warning("a report could not be read", extra={"worker": self.id})
