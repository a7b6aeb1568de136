"""The real parts the tests run against, on free ports: one stack per pytest worker, each part started on first use."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psutil

from infra.local.database import DatabaseUrls, create_database, drop_database, prepare_database
from infra.local.ministack import MiniStack
from infra.local.part import Part
from infra.local.places import SYSTEM_STATE, can_enter
from infra.local.postgres import Postgres
from infra.local.queues import create_queues, queue_environment

PartT = TypeVar("PartT", bound=Part)

TEMPLATE = "gateway_template"
ABANDONABLE = "gateway-tests-"


@dataclass(frozen=True, slots=True)
class Queues:
    """Queues that share a prefix; `urls` by name without it."""

    endpoint: str
    prefix: str
    urls: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return queue_environment(self.endpoint, self.prefix)


class Stack:
    """`logs` collects the output of every part, `NAME.log` each."""

    def __init__(self, directory: Path) -> None:
        self.logs = directory / "logs"
        self._directory = directory
        self._parts: list[Part] = []
        self._server_directory: Path | None = None

    @cached_property
    def postgres(self) -> Postgres:
        self._server_directory = server_directory()
        return self._started(Postgres(self._server_directory, self.logs / "postgres.log", durable=False))

    @cached_property
    def ministack(self) -> MiniStack:
        return self._started(MiniStack(self._directory / "ministack", self.logs / "ministack.log"))

    def database(self) -> DatabaseUrls:
        """A fresh, migrated database."""
        name = f"gateway_{secrets.token_hex(6)}"
        create_database(self.postgres.dsn(), name, self._template)
        return DatabaseUrls.of(self.postgres.dsn(name), self.postgres.password)

    def drop(self, database: DatabaseUrls) -> None:
        """Drop a database together with the connections to it."""
        drop_database(self.postgres.dsn(), database.name)

    def queues(self) -> Queues:
        """A fresh set of the gateway's queues."""
        prefix = f"{secrets.token_hex(6)}-"
        return Queues(self.ministack.endpoint, prefix, create_queues(self.ministack.endpoint, prefix))

    def close(self) -> None:
        for part in reversed(self._parts):
            part.stop()
        if self._server_directory is not None:
            shutil.rmtree(self._server_directory, ignore_errors=True)

    @cached_property
    def _template(self) -> str:
        create_database(self.postgres.dsn(), TEMPLATE)
        prepare_database(self.postgres.dsn(TEMPLATE), self.postgres.password)
        return TEMPLATE

    def _started(self, part: PartT) -> PartT:
        self._parts.append(part)
        part.start()
        return part


def server_directory() -> Path:
    """For the database server, which is another account when we are root; pytest's own directories are private."""
    for base in (Path(tempfile.gettempdir()), SYSTEM_STATE):
        _remove_abandoned(base)
        base.mkdir(exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=f"{ABANDONABLE}{os.getpid()}-", dir=base))
        directory.chmod(0o755)
        if can_enter(directory):
            return directory
        directory.rmdir()
    raise PermissionError(f"the database server can enter neither {tempfile.gettempdir()} nor {SYSTEM_STATE}")


def _remove_abandoned(base: Path) -> None:
    """What test runs left that were killed."""
    for directory in base.glob(f"{ABANDONABLE}*"):
        owner = int(directory.name.removeprefix(ABANDONABLE).partition("-")[0])
        if not psutil.pid_exists(owner):
            shutil.rmtree(directory, ignore_errors=True)
