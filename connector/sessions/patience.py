"""Carries out a step on a thread of its own and waits for it only so long: no answer that does not come is waited for.

whatsmeow waits 75 s for an answer and has nothing to end a call with. What takes longer than the patience ends by
itself; meanwhile its command is not due.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from connector.sessions import failed_steps
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import Step
from gateway.correlation import about_session, correlated
from gateway.domain.errors import LeaseLost
from gateway.store import commands
from gateway.store.fence import Fence

log = logging.getLogger(__name__)

# A step that takes longer than the patience is waited for until its end, or so long.
UNDER_WAY_SECONDS = 100.0


class Patience:
    """`seconds` are how long a step is waited for."""

    def __init__(self, calls: ClientCalls, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._left: set[_Run] = set()

    @property
    def has_left_one(self) -> bool:
        """Whether a step that nobody waits for is under way."""
        return bool(self._left)

    def run(self, step: Step, action: Callable[[], None], late: Callable[[], None] = lambda: None) -> None:
        """Run `action`, which ends the command of the step or lets it go on; `late` follows if it took long.

        Raise what it raises in time; later that counts as an attempt of the command.
        """
        run = _Run()
        threading.Thread(target=self._run, args=(step, run, action, late), name="patience", daemon=True).start()
        run.ended.wait(self._seconds)
        with run.lock:
            if not run.ended.is_set():
                log.warning("a step takes long", extra={"kind": step.command.kind})
                self._left.add(run)
                self.wait(step, UNDER_WAY_SECONDS)
        if run.error is not None and run not in self._left:
            raise run.error

    def wait(self, step: Step, seconds: float) -> None:
        """Leave the command of a step as it is until then."""
        command = step.command

        def postpone(fence: Fence) -> None:
            commands.postpone(fence, command, command.attempts, seconds)

        self._calls.write(postpone)

    def _run(self, step: Step, run: _Run, action: Callable[[], None], late: Callable[[], None]) -> None:
        with about_session(self._calls.owned_session.session_id), correlated(step.command.correlation_id):
            try:
                action()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an attempt of this command
                run.error = error
            with run.lock:
                run.ended.set()
            if run in self._left:
                self._end_late(step, run.error, late)
                self._left.discard(run)

    def _end_late(self, step: Step, error: Exception | None, late: Callable[[], None]) -> None:
        try:
            if error is None:
                late()
            elif not isinstance(error, LeaseLost):
                failed_steps.handle(self._calls, step, error)
        except LeaseLost:
            return
        except Exception:
            log.exception("a step that took long could not be ended")


class _Run:
    """A step under way; `lock` decides whether it ended before it was left to itself."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.error: Exception | None = None
