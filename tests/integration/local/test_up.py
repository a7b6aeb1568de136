"""`make up` as a process: what a person meets at the first start, after Ctrl-C and after kill -9."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from infra.local.child import Child, Command
from infra.local.database import prepare_database
from infra.local.ports import LOOPBACK, free_port, responds_ok
from infra.local.python_service import PROJECT
from infra.local.runs import find_orphans
from tests.integration.local.waiting import until
from tests.stack import Stack, data_directory, inherited_environment

pytestmark = pytest.mark.timeout(300)

PORTS = (
    "API_PORT",
    "EXPLORER_PORT",
    "WEBSOCKET_PORT",
    "WHATSAPP_PORT",
    "MODEL_PORT",
    "POSTGRES_PORT",
    "SQS_PORT",
    "HEALTH_PORT",
)


class Up:
    """`make up` in a directory of the test's own, on free ports."""

    def __init__(self, directory: Path) -> None:
        self.local = directory / "local"
        self.ports = {name: free_port() for name in PORTS}
        self.settings = {"GATEWAY_LOCAL_DIR": str(self.local)} | {name: str(port) for name, port in self.ports.items()}
        self.output_file = directory / "output" / "up.log"
        self.child: Child | None = None

    def launch(self, **settings: str) -> Child:
        self.output_file.unlink(missing_ok=True)
        environment = inherited_environment() | self.settings | settings
        self.child = Child(Command((sys.executable, "-m", "infra.local"), environment, PROJECT), self.output_file)
        return self.child

    def start(self, **settings: str) -> Child:
        child = self.launch(**settings)
        until(lambda: "The gateway runs" in self.output or child.exit_code is not None, 90)
        assert child.exit_code is None, self.output
        return child

    def refused(self, **settings: str) -> str:
        """Return the output of a start that must fail."""
        assert self.launch(**settings).wait(30) == 1
        return self.output

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def says(self, text: str) -> bool:
        return text in self.output

    @property
    def key(self) -> str:
        return (self.local / "api-key").read_text()

    @property
    def api(self) -> str:
        return f"http://{LOOPBACK}:{self.ports['API_PORT']}"

    def sessions(self) -> int:
        """Return the HTTP status of a call with the key that was printed."""
        return httpx.get(f"{self.api}/sessions", headers={"X-API-Key": self.key}, timeout=10).status_code

    def run_printed(self, what: str) -> str:
        """Run the command that was printed under these words, as somebody would who copies it; return its output."""
        command = self.output.partition(f"{what}:\n")[2].partition("\n")[0].strip()
        done = subprocess.run(
            ["bash", "-c", f"{command} --silent --fail-with-body"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def service(self, log: str) -> psutil.Process:
        """Return the process of a service, by the name of its log."""
        name = str((self.local / "logs" / log).resolve())
        ours = [one for one in find_orphans(self.local / "logs") if one.environ()["GATEWAY_LOCAL_LOG"] == name]
        return next(one for one in ours if one.ppid() not in {other.pid for other in ours})

    def clean(self) -> None:
        if self.child is not None:
            self.child.stop(signal.SIGTERM, 60)
        environment = inherited_environment() | self.settings
        subprocess.run([sys.executable, "-m", "infra.local.clean", "--yes"], env=environment, cwd=PROJECT, check=True)


@pytest.fixture
def up() -> Iterator[Up]:
    directory = data_directory()
    up = Up(directory)
    yield up
    up.clean()
    shutil.rmtree(directory)


def test_it_responds_and_ends_with_ctrl_c(up: Up) -> None:
    child = up.start()
    assert up.sessions() == 200
    assert "sessionName" in up.run_printed("Make a session")
    assert child.stop(signal.SIGINT, 60) == 0
    assert find_orphans(up.local / "logs") == []


@pytest.mark.slow
def test_after_kill_9_of_everything_it_starts_again_with_what_it_made(up: Up) -> None:
    child = up.start()
    key, phones = up.key, re.findall(r"\+\d{7,}", up.output)
    assert up.sessions() == 200
    assert key in up.output
    assert len(phones) == 2
    assert (up.local / "api-key").stat().st_mode & 0o077 == 0
    orphans = find_orphans(up.local / "logs")
    child.kill()

    child = up.start()
    assert (up.key, re.findall(r"\+\d{7,}", up.output)) == (key, phones)
    assert up.sessions() == 200
    assert not any(orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE for orphan in orphans)
    second = Up(up.local.parent)
    second.output_file = up.local.parent / "second" / "up.log"
    assert f"in use by process {child.pid}" in second.refused()
    assert child.stop(signal.SIGINT, 60) == 0
    assert find_orphans(up.local / "logs") == []


@pytest.mark.slow
def test_every_service_that_is_killed_comes_back_with_its_state(up: Up) -> None:
    child = up.start()
    logs = {
        "postgres.log": "postgres",
        "ministack.log": "ministack",
        "whatsapp.log": "WhatsApp server",
        "api.log": "API",
        "connector.log": "connector",
        "explorer.log": "Explorer",
    }
    for log, name in logs.items():
        up.service(log).kill()
        until(partial(up.says, f"{name} is back"), 30)
    assert up.sessions() == 200
    assert responds_ok(f"http://{LOOPBACK}:{up.ports['HEALTH_PORT']}/health")
    assert child.stop(signal.SIGTERM, 60) == 0
    assert find_orphans(up.local / "logs") == []


def test_a_port_that_is_taken_is_reported_with_the_way_out(up: Up) -> None:
    with socket.socket() as rival:
        rival.bind((LOOPBACK, up.ports["API_PORT"]))
        rival.listen()
        error = up.refused()
    assert f"Port {up.ports['API_PORT']} is taken" in error
    assert f"(process {os.getpid()})" in error
    assert "the API needs it" in error
    assert "make up API_PORT=" in error
    assert not (up.local / "postgres").exists()


def test_two_services_on_one_port_are_reported(up: Up) -> None:
    error = up.refused(API_PORT=str(up.ports["SQS_PORT"]))
    assert f"API_PORT and SQS_PORT are the same port {up.ports['SQS_PORT']}" in error


def test_an_invalid_setting_is_reported(up: Up) -> None:
    assert "API_PORT: Input should be a valid integer" in up.refused(API_PORT="many")


@pytest.mark.slow
def test_a_database_of_ones_own_is_used_instead_of_ours(up: Up, stack: Stack) -> None:
    database = stack.database()
    try:
        up.start(DATABASE_URL=database.admin)
        assert up.sessions() == 200
        assert not (up.local / "logs" / "postgres.log").exists()
        up.clean()
    finally:
        # Its roles got new passwords, and roles belong to the whole server, which the other tests use too.
        prepare_database(database.admin, stack.postgres.password)
        stack.drop(database)


def test_a_database_that_cannot_be_reached_is_reported(up: Up) -> None:
    error = up.refused(DATABASE_URL=f"postgresql://someone:hidden@{LOOPBACK}:{free_port()}/gateway")
    assert "Connection refused" in error
    assert "hidden" not in error


@pytest.mark.slow
def test_with_the_real_whatsapp_no_local_server_runs(up: Up) -> None:
    up.start(WHATSAPP="live")
    assert not (up.local / "logs" / "whatsapp.log").exists()
    assert not {"HTTPS_PROXY", "SSL_CERT_FILE", "PYTHONPATH"} & set(up.service("connector.log").environ())
