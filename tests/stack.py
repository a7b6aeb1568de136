"""The real services the tests run against, on free ports: one stack a pytest worker, each started on first use."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg
from psycopg import sql

from infra.local.database import DatabaseUrls, create_database, prepare_database
from infra.local.first_run import new_app_key, new_user_key
from infra.local.ministack import MiniStack
from infra.local.paths import SYSTEM_STATE, can_enter
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.local.python_service import PROJECT
from infra.local.queues import queue_environment
from infra.local.service import Service
from infra.local.services import (
    FIXED_ENVIRONMENT,
    Api,
    Connector,
    Function,
    ModelStub,
    WhatsAppServer,
    media,
    replies,
    sweeper,
    webhooks,
)
from tests import event_rows

ServiceT = TypeVar("ServiceT", bound=Service)

TEMPLATE = "gateway_template"
DIRECTORY_PREFIX = "gateway-tests-"
# Copying a database is most of what a new one costs, and costs a tenth here. Containers often have 64 MB of it.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2 * 1024**3
# What signs tokens: of no worth outside of tests.
TOKEN_KEYS = {"GATEWAY_TOKEN_KEYS": "of-tests-only-" * 4}
# Where `coverage run` keeps what a child process needs to be measured too.
COVERAGE = "COVERAGE_PROCESS_CONFIG"


@dataclass(frozen=True, slots=True)
class Queues:
    """Queues whose names share a prefix; `urls` by name without it."""

    endpoint: str
    prefix: str
    urls: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return queue_environment(self.endpoint, self.prefix)


class Stack:
    """Shared services; `logs` has the output of each, as `NAME.log`.

    few_prekeys: most of what a link costs is left out, where nobody measures it.
    """

    def __init__(self, directory: Path, *, few_prekeys: bool = False) -> None:
        self._few_prekeys = few_prekeys
        self.logs = directory / "logs"
        self._directory = directory
        self._services: list[Service] = []
        self._server_directory: Path | None = None

    @cached_property
    def postgres(self) -> Postgres:
        self._server_directory = data_directory()
        return self._started(Postgres(self._server_directory, self.logs / "postgres.log", durable=False))

    @cached_property
    def ministack(self) -> MiniStack:
        return self._started(MiniStack(self._directory / "ministack", self.logs / "ministack.log"))

    @cached_property
    def whatsapp(self) -> WhatsAppServer:
        directory, log = self._directory / "whatsapp", self.logs / "whatsapp.log"
        few = self._few_prekeys
        return self._started(WhatsAppServer(log, free_port(), directory, inherited_environment, few_prekeys=few))

    @cached_property
    def model(self) -> ModelStub:
        return self._started(ModelStub(self.logs / "model.log", free_port(), inherited_environment))

    def gateway(self, **settings: str) -> Gateway:
        """Return a gateway over a new database and new queues; `settings` are environment variables."""
        return Gateway(self, settings)

    def database(self) -> DatabaseUrls:
        """Create a migrated database and return its URLs."""
        name = f"gateway_{secrets.token_hex(6)}"
        create_database(self.postgres.dsn(), name, self._template)
        return DatabaseUrls.of(self.postgres.dsn(name), self.postgres.password)

    @contextmanager
    def migrated(self) -> Iterator[DatabaseUrls]:
        """A database of database(), dropped at the end, when its event rows must be those of the catalogue."""
        database = self.database()
        yield database
        try:
            event_rows.check(database.admin)
        finally:
            self.drop(database)

    def drop(self, database: DatabaseUrls) -> None:
        """Drop a database together with the connections to it."""
        drop_database(self.postgres.dsn(), database.name)

    def queues(self) -> Queues:
        """Create a set of the gateway's queues."""
        prefix = f"{secrets.token_hex(6)}-"
        return Queues(self.ministack.endpoint, prefix, self.ministack.provide_queues(prefix))

    def close(self) -> None:
        for service in reversed(self._services):
            service.stop()
        if self._server_directory is not None:
            shutil.rmtree(self._server_directory, ignore_errors=True)

    @cached_property
    def _template(self) -> str:
        create_database(self.postgres.dsn(), TEMPLATE)
        prepare_database(self.postgres.dsn(TEMPLATE), self.postgres.password)
        return TEMPLATE

    def _started(self, service: ServiceT) -> ServiceT:
        self._services.append(service)
        service.start()
        return service


class Gateway:
    """The gateway's own processes over one database and one set of queues; each starts when it is first needed.

    As a context manager it ends everything; the log files stay.
    """

    def __init__(self, stack: Stack, settings: Mapping[str, str]) -> None:
        self._stack = stack
        self._settings = settings
        self._connectors: list[Connector] = []
        self._functions: list[Function] = []
        # Whose code is started.
        self.project = PROJECT
        self.database = stack.database()
        self.queues = stack.queues()
        self.logs = stack.logs / self.database.name
        # Of all connectors: they run on one machine.
        self.spool = self.logs / "spool"

    @cached_property
    def api(self) -> Api:
        environment = self._environment(self.database.functions_environment)
        api = Api(self.logs / "api.log", free_port(), lambda: environment)
        api.project = self.project
        api.start()
        return api

    @cached_property
    def key(self) -> str:
        """The API key of this gateway's first user."""
        return self.new_key()

    def new_key(self) -> str:
        """Return the API key of one more user."""
        return new_user_key(self.database.admin, "test")

    @cached_property
    def app_key(self) -> str:
        """A key that acts for every user."""
        return new_app_key(self.database.admin, "test")

    def start_connector(self, module: str = "connector", **settings: str) -> Connector:
        """Start one more connector; `settings` are environment variables in addition to the gateway's."""
        whatsapp = self._stack.whatsapp.connector_environment
        spool = {"GATEWAY_SPOOL_DIRECTORY": str(self.spool)}
        environment = self._environment({**self.database.connector_environment, **whatsapp, **spool, **settings})
        log = self.logs / f"connector-{len(self._connectors)}.log"
        connector = Connector(log, free_port(), lambda: environment, module)
        self._connectors.append(connector)
        connector.project = self.project
        connector.start()
        return connector

    def start_replies(self, **settings: str) -> Function:
        """Start functions/replies with the model stub; `settings` are variables in addition to the gateway's."""
        own = {**self.database.replies_environment, **self._stack.model.functions_environment, **settings}
        environment = self._environment(own)
        function = replies(self.logs / f"replies-{len(self._functions)}.log", lambda: environment)
        self._functions.append(function)
        function.start()
        return function

    def start_media(self, **settings: str) -> Function:
        """Start functions/media, which may fetch from this machine; `settings` are variables beside the gateway's."""
        own = {"GATEWAY_PRIVATE_MEDIA_URLS": "true", **self._stack.whatsapp.media_environment, **settings}
        environment = self._environment({**self.database.media_environment, **own})
        function = media(self.logs / f"media-{len(self._functions)}.log", lambda: environment)
        self._functions.append(function)
        function.start()
        return function

    def start_webhooks(self) -> Function:
        """Start functions/webhooks."""
        environment = self._environment(self.database.webhooks_environment)
        function = webhooks(self.logs / "webhooks.log", lambda: environment)
        self._functions.append(function)
        function.start()
        return function

    def start_sweeper(self, every: float) -> Function:
        """Start functions/sweeper, which begins so many seconds after it has ended."""
        environment = self._environment(self.database.sweeper_environment)
        function = sweeper(self.logs / "sweeper.log", lambda: environment, every)
        self._functions.append(function)
        function.start()
        return function

    def close(self) -> None:
        """Kill everything at once and drop the database."""
        api = [self.api] if "api" in vars(self) else []
        for service in (*self._functions, *self._connectors, *api):
            # A process that is killed tells coverage nothing.
            service.stop() if COVERAGE in os.environ else service.kill_group()
        try:
            event_rows.check(self.database.admin)
        finally:
            self._stack.drop(self.database)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _environment(self, own: Mapping[str, str]) -> dict[str, str]:
        return {**inherited_environment(), **self.queues.environment, **FIXED_ENVIRONMENT, **self._settings, **own}


def drop_database(server: str, name: str) -> None:
    """Drop a database together with the connections to it; `server` is another database of the same server."""
    with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def inherited_environment() -> dict[str, str]:
    """Return the variables of ours that programs need; nothing of the developer's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", COVERAGE) if name in os.environ}
    return {**kept, **TOKEN_KEYS}


def data_directory() -> Path:
    """Return a new directory for the data of a database server, in memory where there is room."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    return _new_directory(*([MEMORY] if roomy else []), Path(tempfile.gettempdir()), SYSTEM_STATE)


def server_directory() -> Path:
    """Return a new directory that a server can enter which has another account when we are root, and run programs from.

    pytest's own directories are private.
    """
    return _new_directory(Path(tempfile.gettempdir()), SYSTEM_STATE)


def _new_directory(*bases: Path) -> Path:
    for base in bases:
        _remove_abandoned(base)
        base.mkdir(exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=f"{DIRECTORY_PREFIX}{os.getpid()}-", dir=base))
        directory.chmod(0o755)
        if can_enter(directory):
            return directory
        directory.rmdir()
    raise PermissionError(f"the database server can enter none of {', '.join(map(str, bases))}")


def _remove_abandoned(base: Path) -> None:
    """Remove the directories of killed test runs."""
    for directory in base.glob(f"{DIRECTORY_PREFIX}*"):
        owner = int(directory.name.removeprefix(DIRECTORY_PREFIX).partition("-")[0])
        if not psutil.pid_exists(owner):
            shutil.rmtree(directory, ignore_errors=True)
