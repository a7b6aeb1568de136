"""A transaction pooler before the database server: PgBouncer, where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from infra.local.child import Command
from infra.local.paths import server_account
from infra.local.ports import LOOPBACK, free_port
from infra.local.service import Service

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

_CONFIGURATION = """[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = {loopback}
listen_port = {own_port}
unix_socket_dir =
pool_mode = transaction
auth_type = plain
auth_file = {users}
ignore_startup_parameters = extra_float_digits
"""


class PgBouncer(Service):
    """Pools the connections of one role to its server: a connection a transaction, none a client."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def __init__(self, directory: Path, log: Path, dsn: str) -> None:
        super().__init__("pgbouncer", log)
        self._directory = directory
        self._parts = urlsplit(dsn)
        self._port = free_port()
        login = self._parts.netloc.rpartition("@")[0]
        self.dsn = self._parts._replace(netloc=f"{login}@{LOOPBACK}:{self._port}").geturl()

    def command(self) -> Command:
        users, configuration = self._directory / "users.txt", self._directory / "pgbouncer.ini"
        users.write_text(f'"{self._parts.username}" "{self._parts.password}"\n')
        configuration.write_text(
            _CONFIGURATION.format(
                host=self._parts.hostname,
                port=self._parts.port,
                loopback=LOOPBACK,
                own_port=self._port,
                users=users,
            )
        )
        account = server_account()
        for path in (self._directory, users, configuration):
            os.chown(path, account.uid, account.gid)
        return Command((PGBOUNCER or "pgbouncer", str(configuration)), {}, self._directory, account=account)

    def is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self._port)) == 0
