"""One instance of a function: a process that is kept for the next event, and killed when it is too slow."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from infra.local import exec_tied
from infra.local.python_service import PROJECT

INIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it is deployed; `handler` is MODULE:NAME, `timeout` in seconds."""

    name: str
    handler: str
    timeout: float
    environment: Mapping[str, str]


class InvocationError(Exception):
    """The handler raised, ran out of time, or its process died."""


class Instance:
    """Used by one thread, which must live as long as it: its process is tied to the thread that first invokes it."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._process: subprocess.Popen[bytes] | None = None
        self._results: IO[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None while there is no process."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def warm_up(self) -> None:
        """Start the process, unless it runs. Raise InvocationError."""
        if self.pid is not None:
            return
        self.end()
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            self._command(writing),
            stdin=subprocess.PIPE,
            pass_fds=[writing],
            env={**self._function.environment, "PYTHONUNBUFFERED": "1"},
            cwd=PROJECT,
            process_group=0,
        )
        os.close(writing)
        self._results = os.fdopen(reading, "rb", buffering=0)
        self._read(INIT_SECONDS)

    def invoke(self, event: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return what the handler returns. Raise InvocationError."""
        self.warm_up()
        assert self._process is not None and self._process.stdin is not None  # noqa: S101 - warm_up started it
        try:
            self._process.stdin.write(json.dumps(event).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._failed("its process died") from error
        outcome = self._read(self._function.timeout)
        if "error" in outcome:
            raise InvocationError(f"{self._function.name} raised {outcome['error']}")
        return outcome["result"]

    def kill(self) -> None:
        """Send SIGKILL, from any thread and at any moment."""
        if (process := self._process) is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill the process and wait for its end; the next event starts another."""
        self.kill()
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()
        if self._results is not None:
            self._results.close()
        self._process = self._results = None

    def _command(self, descriptor: int) -> list[str]:
        function = self._function
        options = (function.name, function.handler, str(function.timeout), str(descriptor))
        runtime = ("-m", "infra.local.lambdas.runtime", *options)
        tie = (str(int(signal.SIGKILL)), str(os.getpid()), str(os.geteuid()), str(os.getegid()))
        return [sys.executable, "-I", "-S", exec_tied.__file__, *tie, sys.executable, *runtime]

    def _read(self, seconds: float) -> dict[str, Any]:
        """Return the next line within `seconds`; raise InvocationError."""
        assert self._results is not None  # noqa: S101 - made with the process
        deadline, line = time.monotonic() + seconds, b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select([self._results], [], [], max(deadline - time.monotonic(), 0))
            if not readable:
                raise self._failed(f"it took longer than {seconds:g} s")
            if not (read := self._results.read(65536)):
                raise self._failed("its process died")
            line += read
        outcome: dict[str, Any] = json.loads(line)
        return outcome

    def _failed(self, what: str) -> InvocationError:
        self.end()
        return InvocationError(f"{self._function.name}: {what}")
