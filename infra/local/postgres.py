"""PostgreSQL 18 as our own child process: TCP on loopback, data in a directory, nothing lost by kill -9."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import psutil
import psycopg

from infra.local.child import Child, Command
from infra.local.paths import postgres_binaries, server_account
from infra.local.ports import LOOPBACK, free_port
from infra.local.service import Service, StartError

SUPERUSER = "postgres"
INITDB_TIMEOUT_SECONDS = 120
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "600",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "timezone": "UTC",
    "log_checkpoints": "off",
    # A statement or a row in the server's log would carry message texts and passwords.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Of passwords that guard nothing: to make them hard to guess is a third of what a login costs. Not in SCRAM, of which
# Go's driver refuses so few iterations.
CHEAP_LOGINS = ("--auth=password", "--set=scram_iterations=1")
# Unsafe only when the machine crashes: what is committed has left the process, so kill -9 loses nothing.
THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Service):
    """`directory` must be one of which paths.can_enter() is true; `durable=False` is faster, but a crash loses data.

    `prefix` is a program with arguments that runs the server, `env` for one.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    prefix: tuple[str, ...] = ()

    def __init__(self, directory: Path, log: Path, port: int | None = None, *, durable: bool = True) -> None:
        super().__init__("postgres", log)
        self.port = port or free_port()
        self.directory = directory
        self._data = directory / "data"
        self._durable = durable

    def dsn(self, dbname: str = "postgres", user: str = SUPERUSER) -> str:
        """Return a libpq URI; every role that may log in has the same password."""
        return f"postgresql://{user}:{self.password}@{LOOPBACK}:{self.port}/{dbname}?sslmode=disable"

    @property
    def password(self) -> str:
        return (self.directory / "password").read_text()

    def command(self) -> Command:
        self._binaries = postgres_binaries()
        if not self._data.exists():
            self._initialise()
        self._end_orphan()
        settings = SETTINGS if self._durable else SETTINGS | THROWAWAY_SETTINGS
        options = [f"--{name}={value}" for name, value in settings.items()]
        return self._as_server("postgres", "-D", str(self._data), "-p", str(self.port), *options)

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_server(self, program: str, *arguments: str) -> Command:
        return Command(
            (*self.prefix, str(self._binaries / program), *arguments),
            {"PATH": os.defpath, "LC_ALL": "C"},
            self.directory,
            account=server_account(),
            # When all lose their parent at once, this one waits for its clients: a connector still hands over.
            death_signal=signal.SIGTERM,
        )

    def _initialise(self) -> None:
        """Create the cluster in a draft directory: a kill in the middle leaves nothing that looks like a cluster."""
        account = server_account()
        self.directory.mkdir(parents=True, exist_ok=True)
        draft = self.directory / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = self.directory / "password"
        password.unlink(missing_ok=True)
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
        for path in (draft, password):
            os.chown(path, account.uid, account.gid)
        self._run_initdb(draft, password)
        draft.rename(self._data)

    def _run_initdb(self, data: Path, password: Path) -> None:
        command = self._as_server(
            "initdb",
            *("-D", str(data), "-U", SUPERUSER, f"--pwfile={password}"),
            # The builtin provider knows all of Unicode and is the same on every machine.
            *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
            *(("--auth=scram-sha-256",) if self._durable else ("--no-sync", *CHEAP_LOGINS)),
        )
        if Child(command, self.log).wait(INITDB_TIMEOUT_SECONDS) != 0:
            raise StartError(self.failure("could not create its data directory"))

    def _end_orphan(self) -> None:
        """End a server of an earlier run on this data, and remove its lock file: a reused pid must not block us."""
        lock = self._data / "postmaster.pid"
        postmaster = int(lock.read_text().split()[0]) if lock.exists() else None
        processes = _working_in(self._data)
        for process in processes:
            if process.pid == postmaster:
                _send(process, signal.SIGINT)
        _, alive = psutil.wait_procs(processes, timeout=self.stop_timeout)
        for process in alive:
            _send(process, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=self.stop_timeout)
        lock.unlink(missing_ok=True)


def _working_in(directory: Path) -> list[psutil.Process]:
    """Return the processes with this working directory: a server's main process and all its backends."""
    found = psutil.process_iter(["cwd"])
    return [process for process in found if process.info["cwd"] == str(directory.resolve())]


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
