"""Supervises services: starts them in order, restarts those that die, and stops them in the reverse order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from gateway.backoff import growing
from infra.local.service import Service

TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds before the first and between later attempts, and after which a service counts as steady again."""

    first: float = 0.5
    last: float = 15.0
    steady: float = 30.0

    def delay(self, failures: int) -> float:
        return growing(self.first, self.last, failures)


@dataclass(frozen=True, slots=True)
class Task:
    """Done once, in its place among the services."""

    name: str
    run: Callable[[], object]


class Watch:
    """The state of a service after its first start: running, starting again, or waiting for the next attempt."""

    def __init__(self, service: Service, report: Callable[[str], None], backoff: Backoff) -> None:
        self.service = service
        self._backoff = backoff
        self._report = report
        self._failures = 0
        self._since = time.monotonic()
        self._retry_at: float | None = None
        self._ready = True

    def tick(self, now: float) -> None:
        """Check the service once, without waiting."""
        try:
            self._advance(now)
        except Exception as error:  # noqa: BLE001 (whatever keeps a service from starting is reported, then tried again)
            self._fail(now, f"could not start: {error}")

    def _advance(self, now: float) -> None:
        if self._retry_at is not None:
            if now >= self._retry_at:
                self._launch(now)
        elif not self.service.is_running:
            self._fail(now, f"ended ({_exit(self.service)})")
        elif self._ready:
            if now - self._since > self._backoff.steady:
                self._failures = 0
        elif self.service.is_ready():
            self._recover(now)
        elif now - self._since > self.service.start_timeout:
            self._fail(now, f"did not answer within {self.service.start_timeout:.0f} s")

    def _launch(self, now: float) -> None:
        self._retry_at = None
        self._ready = False
        self._since = now
        self.service.launch()

    def _recover(self, now: float) -> None:
        self.service.on_ready()
        self._report(f"{self.service.name} is back after {now - self._since:.1f} s")
        self._ready = True
        self._since = now

    def _fail(self, now: float, what: str) -> None:
        self.service.kill_group()
        delay = self._backoff.delay(self._failures)
        self._failures += 1
        self._retry_at = now + delay
        self._report(f"{self.service.name} {what}; starting it again in {delay:g} s. Its log: {self.service.log}")


class Supervisor:
    """Starts and stops services from the thread that made it: a child ends with the thread that started it."""

    def __init__(self, console: Console, backoff: Backoff | None = None) -> None:
        self._console = console
        self._backoff = backoff or Backoff()
        self._watches: list[Watch] = []

    def start(self, steps: Sequence[Service | Task]) -> None:
        """Start in order, each when the one before is ready. Raise what a step raises, such as StartError."""
        for step in steps:
            began = time.monotonic()
            with self._console.status(f"{step.name} …"):
                if isinstance(step, Task):
                    step.run()
                else:
                    self._watches.append(Watch(step, self._report, self._backoff))
                    step.start()
            self._report_done(step.name, began)

    def watch(self) -> NoReturn:
        """Check all services until an exception, such as KeyboardInterrupt, ends it."""
        while True:
            self.tick()
            time.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """Check every service once."""
        for watch in self._watches:
            watch.tick(time.monotonic())

    def stop(self) -> None:
        """Stop all in the reverse order, each with the time it needs."""
        for watch in reversed(self._watches):
            began = time.monotonic()
            with self._console.status(f"Ending {watch.service.name} …"):
                watch.service.stop()
            self._report_done(f"{watch.service.name} ended", began)

    def kill(self) -> None:
        """Kill all at once, also from a signal handler while stop() waits."""
        for watch in self._watches:
            watch.service.kill_group()

    def _report_done(self, what: str, began: float) -> None:
        self._print(("✓ ", "green"), what, (f"  {time.monotonic() - began:.1f} s", "dim"))

    def _report(self, what: str) -> None:
        self._print(("! ", "yellow"), what)

    def _print(self, *parts: str | tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts), soft_wrap=True)


def _exit(service: Service) -> str:
    code = service.child.exit_code if service.child is not None else None
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
