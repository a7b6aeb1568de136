"""A child process in a group of its own that never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from infra.local import exec_tied

# In the environment of every child and of what it starts in turn: it names the run they belong to.
LOG_VARIABLE = "GATEWAY_LOCAL_LOG"


@dataclass(frozen=True, slots=True)
class Account:
    """The user of this machine as whom a command runs."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> Account:
        return cls(os.geteuid(), os.getegid())


@dataclass(frozen=True, slots=True)
class Command:
    """What to run; `environment` is complete, nothing is inherited."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    account: Account = field(default_factory=Account.current)
    death_signal: signal.Signals = signal.SIGTERM


class Child:
    """A started command whose output is appended to a log.

    Linux ends a child with the thread that started it: start it from one that lives as long as the child should.
    """

    def __init__(self, command: Command, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                _exec_tied(command),
                env={**command.environment, LOG_VARIABLE: str(log.resolve())},
                cwd=command.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, timeout: float) -> int:
        """Return the exit code; kill the group when it takes longer than `timeout` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill_group()

    def stop(self, number: signal.Signals, timeout: float) -> int:
        """Send the signal and wait `timeout` seconds at most, then kill the whole group; return the exit code."""
        self.send(number)
        code = self.wait(timeout)
        self.kill_group()
        return code

    def kill(self) -> int:
        """Send SIGKILL to the process alone, not to what it started; return the exit code."""
        self._process.kill()
        return self._process.wait()

    def kill_group(self) -> int:
        """Send SIGKILL to the process and all it started; return the exit code."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()


def _exec_tied(command: Command) -> list[str]:
    account = command.account
    numbers = (int(command.death_signal), os.getpid(), account.uid, account.gid)
    return [sys.executable, "-I", "-S", exec_tied.__file__, *map(str, numbers), *command.arguments]
