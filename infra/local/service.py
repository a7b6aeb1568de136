"""A service of the system on one machine: a server run as a child process, the same for `make up` and the tests."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from infra.local.child import Child, Command

READY_POLL_SECONDS = 0.05
LOG_TAIL_LINES = 20


class StartError(Exception):
    """A service ended or did not respond while starting; the message contains the end of its log."""


class Service(ABC):
    """Timeouts are in seconds; `child` is the process of the latest start."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_timeout: float = 10
    start_timeout: float = 60

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.child: Child | None = None

    @abstractmethod
    def command(self) -> Command:
        """Return the command, after preparing the start: create what is missing, remove what an earlier run left."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return, within two seconds, whether it responds."""

    def on_ready(self) -> None:  # noqa: B027 (most services have nothing to do)
        """Do what must follow every start, as soon as it responds."""

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.exit_code is None

    @property
    def pid(self) -> int:
        """The process id; raises RuntimeError before the first start."""
        if self.child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.child.pid

    def launch(self) -> None:
        """Start without waiting until it is ready."""
        self.child = Child(self.command(), self.log)

    def start(self) -> None:
        """Start and wait until it is ready; raise StartError."""
        self.launch()
        self._wait_ready(time.monotonic() + self.start_timeout)
        self.on_ready()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop(self.stop_signal, self.stop_timeout)

    def kill(self) -> None:
        """Send SIGKILL to the process alone, not to what it started."""
        if self.child is not None:
            self.child.kill()

    def kill_group(self) -> None:
        """Send SIGKILL to the process and all it started."""
        if self.child is not None:
            self.child.kill_group()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _wait_ready(self, deadline: float) -> None:
        while not self.is_ready():
            if not self.is_running:
                raise StartError(self.failure("ended while starting"))
            if time.monotonic() > deadline:
                self.kill_group()
                raise StartError(self.failure(f"did not answer within {self.start_timeout:.0f} s"))
            time.sleep(READY_POLL_SECONDS)

    def failure(self, what: str) -> str:
        """Return a sentence on what happened, and the end of the log."""
        return f"{self.name} {what}. The end of {self.log}:\n{self.log_tail()}"

    def log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_TAIL_LINES:])
