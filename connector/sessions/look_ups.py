"""Look-ups of numbers on threads of their own, so that one without an answer holds up its own message only."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from connector.sessions import command_outcomes, failed_steps
from connector.sessions.attempts import RATE_LIMITED_FACTOR, is_rate_limit
from connector.sessions.client_calls import ClientCalls
from connector.sessions.look_up_number import look_up_number
from connector.sessions.steps import LookUpNumber
from gateway.correlation import about_session, correlated
from gateway.domain.commands import CommandError
from gateway.domain.errors import LeaseLost
from gateway.store import commands
from gateway.store.fence import Fence

log = logging.getLogger(__name__)

# An answer takes a tenth of a second; whatsmeow waits 75 s for one.
PATIENCE_SECONDS = 3.0
# The message of a look-up that takes longer waits for its end, or for this.
UNDER_WAY_SECONDS = 100.0


class LookUps:
    """`wake` is called when a message can be sent whose look-up took long."""

    def __init__(self, calls: ClientCalls, wake: Callable[[], None]) -> None:
        self._calls = calls
        self._wake = wake
        self._paused_until = 0.0

    def begin(self, fence: Fence, step: LookUpNumber) -> LookUpNumber | None:
        """Count the attempt, so that a look-up which ends its worker each time ends, too; None when it cannot be made.

        While WhatsApp wants no look-ups the command waits.
        """
        command, limit = step.command, self._calls.resources.settings.command_attempts
        pause = max(self._paused_until - time.monotonic(), 0.0)
        attempts = command.attempts if pause else command.attempts + 1
        if attempts > limit:
            command_outcomes.fail(fence, command, CommandError.LOOKUP_FAILED)
        elif not commands.postpone(fence, command, attempts, pause):
            error = CommandError.LOOKUP_FAILED if pause else CommandError.EXPIRED
            command_outcomes.fail(fence, command, error)
        elif not pause:
            return LookUpNumber(replace(command, attempts=attempts), step.phone_number)
        return None

    def run(self, step: LookUpNumber) -> None:
        """Look the number up; what takes long ends by itself, and its command waits for it. Raises what it raises."""
        look_up = _LookUp()
        thread = threading.Thread(target=self._run, args=(step, look_up), name="look-up", daemon=True)
        thread.start()
        thread.join(PATIENCE_SECONDS)
        with look_up.lock:
            if not look_up.has_ended:
                log.warning("a look-up takes long")
                look_up.is_left = True
                self._wait(step, UNDER_WAY_SECONDS)
        if look_up.error is not None and not look_up.is_left:
            raise look_up.error

    def _run(self, step: LookUpNumber, look_up: _LookUp) -> None:
        session_id = self._calls.owned_session.session_id
        with about_session(session_id), correlated(step.command.correlation_id):
            try:
                look_up_number(self._calls, step)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is an attempt of this command
                self._pause_after(error)
                look_up.error = error
            with look_up.lock:
                look_up.has_ended = True
            if look_up.is_left:
                self._end_late(step, look_up.error)

    def _pause_after(self, error: Exception) -> None:
        """Let all look-ups of the session pause where WhatsApp wants to be left alone."""
        if is_rate_limit(error):
            # The shortest pause that the command itself may get: pauses are shortened by up to a half.
            pause = self._calls.resources.settings.lookup_pause_seconds * RATE_LIMITED_FACTOR / 2
            self._paused_until = time.monotonic() + pause

    def _end_late(self, step: LookUpNumber, error: Exception | None) -> None:
        try:
            if error is None:
                self._wait(step, 0.0)
                self._wake()
            elif not isinstance(error, LeaseLost):
                failed_steps.handle(self._calls, step, error)
        except LeaseLost:
            return
        except Exception:
            log.exception("a look-up could not be ended")

    def _wait(self, step: LookUpNumber, seconds: float) -> None:
        command = step.command

        def postpone(fence: Fence) -> None:
            commands.postpone(fence, command, command.attempts, seconds)

        self._calls.write(postpone)


class _LookUp:
    """A look-up under way; `is_left` when nobody waits for its end any more."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.has_ended = False
        self.is_left = False
        self.error: Exception | None = None
