"""Carries out what sends nothing: no message waits for a read receipt, a look-up of a group, or a change of one."""

from __future__ import annotations

from typing import TypeAlias

from connector.sessions import operations
from connector.sessions.client_calls import ClientCalls
from connector.sessions.look_up_group import look_up_group
from connector.sessions.mark_read import mark_read
from connector.sessions.patience import Patience
from connector.sessions.set_typing import set_typing
from connector.sessions.steps import LookUpGroup, MarkRead, Operate, SetTyping
from gateway.store import commands
from gateway.store.fence import Fence

Aside: TypeAlias = MarkRead | SetTyping | LookUpGroup | Operate

PATIENCE_SECONDS = 0.3
# Until the next one is tried while one does not end: at most one call of them hangs.
AGAIN_SECONDS = 5.0


class Asides:
    """One at a time, in order."""

    def __init__(self, calls: ClientCalls) -> None:
        self._calls = calls
        self._patience = Patience(calls, PATIENCE_SECONDS)

    def run(self, step: Aside) -> None:
        """Carry the step out; what takes long ends by itself, and others wait for it. Raise what it raises."""
        if self._patience.has_left_one:
            return self._give_back(step)
        self._patience.run(step, lambda: self._carry_out(step))

    def _carry_out(self, step: Aside) -> None:
        match step:
            case MarkRead():
                mark_read(self._calls, step)
            case SetTyping():
                set_typing(self._calls, step)
            case LookUpGroup():
                look_up_group(self._calls, step)
            case Operate():
                operations.carry_out(self._calls, step)

    def _give_back(self, step: Aside) -> None:
        command = step.command

        def release(fence: Fence) -> None:
            commands.release(fence, command, command.attempts - 1, AGAIN_SECONDS)

        self._calls.write(release)
