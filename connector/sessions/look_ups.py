"""Look-ups of numbers on threads of their own, so that one without an answer holds up its own message only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from connector.sessions import command_outcomes
from connector.sessions.attempts import RATE_LIMITED_FACTOR, is_rate_limit
from connector.sessions.client_calls import ClientCalls
from connector.sessions.look_up_number import look_up_number
from connector.sessions.patience import Patience
from connector.sessions.steps import LookUpNumber
from gateway.domain.commands import CommandError
from gateway.store import commands
from gateway.store.fence import Fence

# An answer takes a tenth of a second.
PATIENCE_SECONDS = 3.0


class LookUps:
    """`wake` is called when a message can be sent whose look-up took long."""

    def __init__(self, calls: ClientCalls, wake: Callable[[], None]) -> None:
        self._calls = calls
        self._wake = wake
        self._patience = Patience(calls, PATIENCE_SECONDS)
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
        self._patience.run(step, lambda: self._look_up(step), late=lambda: self._resume(step))

    def _look_up(self, step: LookUpNumber) -> None:
        try:
            look_up_number(self._calls, step)
        except Exception as error:
            self._pause_after(error)
            raise

    def _resume(self, step: LookUpNumber) -> None:
        self._patience.wait(step, 0.0)
        self._wake()

    def _pause_after(self, error: Exception) -> None:
        """Let all look-ups of the session pause where WhatsApp wants to be left alone."""
        if is_rate_limit(error):
            # The shortest pause that the command itself may get: pauses are shortened by up to a half.
            pause = self._calls.resources.settings.lookup_pause_seconds * RATE_LIMITED_FACTOR / 2
            self._paused_until = time.monotonic() + pause
