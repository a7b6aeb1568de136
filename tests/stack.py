"""The real parts the tests run against, on free ports: one stack per pytest worker, each part started on first use."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psutil

from infra.local.database import DatabaseUrls, create_database, drop_database, prepare_database
from infra.local.first_run import new_api_key
from infra.local.ministack import MiniStack
from infra.local.paths import SYSTEM_STATE, can_enter
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.queues import queue_environment
from infra.local.service import Service
from infra.local.services import FIXED_ENVIRONMENT, Api, Connector, Function, ModelStub, WhatsAppServer, replies

PartT = TypeVar("PartT", bound=Service)

TEMPLATE = "gateway_template"
ABANDONABLE = "gateway-tests-"
# Where `coverage run` keeps what a child process needs to be measured too.
COVERAGE = "COVERAGE_PROCESS_CONFIG"


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
        self._parts: list[Service] = []
        self._server_directory: Path | None = None

    @cached_property
    def postgres(self) -> Postgres:
        self._server_directory = server_directory()
        return self._started(Postgres(self._server_directory, self.logs / "postgres.log", durable=False))

    @cached_property
    def ministack(self) -> MiniStack:
        return self._started(MiniStack(self._directory / "ministack", self.logs / "ministack.log"))

    @cached_property
    def whatsapp(self) -> WhatsAppServer:
        directory = self._directory / "whatsapp"
        return self._started(WhatsAppServer(self.logs / "whatsapp.log", free_port(), directory, inherited_environment))

    @cached_property
    def model(self) -> ModelStub:
        return self._started(ModelStub(self.logs / "model.log", free_port(), inherited_environment))

    def gateway(self, **settings: str) -> Gateway:
        """An API and connectors over a fresh database and fresh queues; `settings` are environment variables."""
        return Gateway(self, settings)

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
        return Queues(self.ministack.endpoint, prefix, self.ministack.provide_queues(prefix))

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


class Gateway:
    """The gateway's own processes over one database and one set of queues; each starts when it is asked for.

    Ends everything when left as a context manager; the log files stay.
    """

    def __init__(self, stack: Stack, settings: Mapping[str, str]) -> None:
        self._stack = stack
        self._settings = settings
        self._connectors: list[Connector] = []
        self._functions: list[Function] = []
        self.database = stack.database()
        self.queues = stack.queues()
        self.logs = stack.logs / self.database.name

    @cached_property
    def api(self) -> Api:
        environment = self._environment(self.database.functions_environment)
        api = Api(self.logs / "api.log", free_port(), lambda: environment)
        api.start()
        return api

    @cached_property
    def key(self) -> str:
        """The API key of this gateway's first user."""
        return self.new_key()

    def new_key(self) -> str:
        """The API key of one more user."""
        return new_api_key(self.database.admin, "test")

    def start_connector(self, **settings: str) -> Connector:
        """One more connector; `settings` are environment variables on top of the gateway's."""
        whatsapp = self._stack.whatsapp.connector_environment
        environment = self._environment({**self.database.connector_environment, **whatsapp, **settings})
        log = self.logs / f"connector-{len(self._connectors)}.log"
        connector = Connector(log, free_port(), lambda: environment)
        self._connectors.append(connector)
        connector.start()
        return connector

    def start_replies(self, **settings: str) -> Function:
        """functions/replies with the model stub; `settings` are environment variables on top of the gateway's."""
        own = {**self.database.replies_environment, **self._stack.model.functions_environment, **settings}
        environment = self._environment(own)
        function = replies(self.logs / f"replies-{len(self._functions)}.log", lambda: environment)
        self._functions.append(function)
        function.start()
        return function

    def close(self) -> None:
        """End everything at once and drop the database."""
        parts = [*self._functions, *self._connectors, *([self.api] if "api" in vars(self) else [])]
        for part in parts:
            # A process that is killed tells coverage nothing.
            part.stop() if COVERAGE in os.environ else part.kill_group()
        self._stack.drop(self.database)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {**inherited_environment(), **self.queues.environment, **FIXED_ENVIRONMENT, **self._settings, **own}


def inherited_environment() -> dict[str, str]:
    """What programs need of ours; nothing of the developer's own settings."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", COVERAGE) if name in os.environ}


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
