"""A service that is a Python program of this project."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import infra
from infra.local.child import Command
from infra.local.service import Service

PROJECT = Path(infra.__file__).parents[1]
# Of this release, whichever's application it serves.
ASGI_SERVER = ("-P", str(PROJECT / "infra/local/asgi.py"))


class PythonService(Service):
    """`environment` is called at every start: it may depend on what an earlier service wrote.

    `project` is where the program's code is, of this release unless another is set; `python` runs it.
    """

    project = PROJECT
    python = sys.executable

    def __init__(
        self,
        name: str,
        log: Path,
        arguments: tuple[str, ...],
        environment: Callable[[], Mapping[str, str]],
        ready: Callable[[], bool],
        stop_timeout: float = Service.stop_timeout,
    ) -> None:
        super().__init__(name, log)
        self.stop_timeout = stop_timeout
        self._arguments = arguments
        self._environment = environment
        self._ready = ready

    def command(self) -> Command:
        return Command((self.python, *self._arguments), self._environment(), self.project)

    def is_ready(self) -> bool:
        return self._ready()
