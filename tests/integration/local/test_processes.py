"""The supervisor of `make up`, with small real programs as its services."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from infra.local.child import Child, Command
from infra.local.processes import Backoff, Supervisor, Task
from infra.local.runs import AlreadyRunning, end_orphans, exclusive, find_orphans
from infra.local.service import Service, StartError
from tests.integration.local.waiting import until

QUICK = Backoff(first=0.05, last=0.2, steady=0.3)


class Script(Service):
    """A shell script; ready when it has made its file."""

    stop_timeout = 0.5
    start_timeout = 0.5

    def __init__(self, name: str, directory: Path, script: str) -> None:
        super().__init__(name, directory / "logs" / f"{name}.log")
        self._directory = directory
        self.script = script

    def command(self) -> Command:
        self.ready_file.unlink(missing_ok=True)
        return Command(("sh", "-c", self.script), {"PATH": os.defpath}, self._directory)

    @property
    def ready_file(self) -> Path:
        return self._directory / f"{self.name}.ready"

    def is_ready(self) -> bool:
        return self.ready_file.exists()


def server(name: str, directory: Path, before: str = "") -> Script:
    """Return a script that writes its start and end into a file that all share."""
    say_end = f"echo {name} ended >> order; exit 0"
    wait = "while :; do sleep 0.05; done"
    return Script(name, directory, f"{before}\ntrap '{say_end}' TERM; echo {name} >> order; touch {name}.ready; {wait}")


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(output: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(Console(file=output), QUICK)
    yield supervisor
    supervisor.kill()


def test_steps_run_in_order_and_services_end_in_reverse(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    task = Task("between", lambda: order.write_text(order.read_text() + "between\n"))
    supervisor.start([server("first", tmp_path), task, server("second", tmp_path)])
    supervisor.stop()
    assert order.read_text().splitlines() == [
        *("first", "between", "second"),
        *("second ended", "first ended"),
    ]


def test_a_service_that_dies_is_started_again(supervisor: Supervisor, tmp_path: Path, output: io.StringIO) -> None:
    service, other = server("mortal", tmp_path), server("other", tmp_path)
    supervisor.start([service, other])
    pid, other_pid = service.pid, other.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: "mortal is back" in output.getvalue(), meanwhile=supervisor.tick)
    assert service.pid != pid
    assert other.pid == other_pid
    assert "mortal ended (killed by SIGKILL); starting it again" in output.getvalue()


def test_a_service_that_cannot_start_is_tried_again_less_and_less_often(
    supervisor: Supervisor, tmp_path: Path, output: io.StringIO
) -> None:
    service, other = server("broken", tmp_path), server("other", tmp_path)
    supervisor.start([service, other])
    service.script = "exit 3"
    service.kill()
    until(lambda: output.getvalue().count("exit code 3") == 3, meanwhile=supervisor.tick)
    assert [delay in output.getvalue() for delay in ("in 0.05 s", "in 0.1 s", "in 0.2 s", "in 0.4 s")] == [
        *(True, True, True),
        False,
    ]
    os.kill(other.pid, signal.SIGKILL)
    until(lambda: "other is back" in output.getvalue(), meanwhile=supervisor.tick)


def test_a_service_that_starts_but_does_not_respond_is_replaced(
    supervisor: Supervisor, tmp_path: Path, output: io.StringIO
) -> None:
    service = server("mute", tmp_path)
    supervisor.start([service])
    answering, service.script = service.script, "sleep 60"
    service.kill()
    until(lambda: "mute did not answer" in output.getvalue(), meanwhile=supervisor.tick)
    service.script = answering
    until(lambda: "mute is back" in output.getvalue(), meanwhile=supervisor.tick)


def test_a_steady_service_starts_again_at_once(supervisor: Supervisor, tmp_path: Path, output: io.StringIO) -> None:
    service = server("forgiven", tmp_path)
    supervisor.start([service])
    service.kill()
    until(lambda: "is back" in output.getvalue(), meanwhile=supervisor.tick)
    steady_at = time.monotonic() + 2 * QUICK.steady
    until(lambda: time.monotonic() > steady_at, meanwhile=supervisor.tick)
    service.kill()
    until(lambda: output.getvalue().count("ended") == 2, meanwhile=supervisor.tick)
    assert output.getvalue().count("again in 0.05 s") == 2


def test_a_first_start_that_fails_tells_the_end_of_the_log(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="the reason is here"):
        supervisor.start([Script("failing", tmp_path, "echo the reason is here; exit 1")])


def test_a_first_start_that_hangs_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    service = Script("hanging", tmp_path, "sleep 60")
    with pytest.raises(StartError, match="did not answer"):
        supervisor.start([service])
    assert not service.is_running


def test_a_service_that_ignores_sigterm_is_killed_with_what_it_started(supervisor: Supervisor, tmp_path: Path) -> None:
    service = server("deaf", tmp_path, before="sleep 60 & echo $! > grandchild")
    service.script = service.script.replace("trap '", "trap '' TERM; : '")
    supervisor.start([service])
    grandchild = psutil.Process(int((tmp_path / "grandchild").read_text()))
    supervisor.stop()
    assert not service.is_running
    until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_kill_ends_a_stop_that_takes_its_time(supervisor: Supervisor, tmp_path: Path) -> None:
    service = server("slow", tmp_path)
    service.stop_timeout = 60
    service.script = service.script.replace("trap '", "trap '' TERM; : '")
    supervisor.start([service])
    signal.signal(signal.SIGALRM, lambda *_: supervisor.kill())
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10
    assert not service.is_running


KILLED_PARENT = """
import sys, time
from pathlib import Path
from infra.local.child import Child, Command
directory = Path(sys.argv[1])
script = "trap '' HUP; (trap '' TERM; while :; do sleep 0.1; done) & echo $! > grandchild; wait"
child = Child(Command(("sh", "-c", script), {"PATH": "/usr/bin:/bin"}, directory), directory / "logs" / "service.log")
(directory / "child").write_text(str(child.pid))
time.sleep(60)
"""


def test_children_of_a_killed_supervisor_end_and_grandchildren_are_found(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", KILLED_PARENT, str(tmp_path)])
    pids = [tmp_path / "child", tmp_path / "grandchild"]
    until(lambda: all(file.exists() and file.read_text().strip() for file in pids))
    child, grandchild = (psutil.Process(int(file.read_text())) for file in pids)
    parent.kill()
    parent.wait()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    orphans = find_orphans(tmp_path / "logs")
    assert grandchild in orphans
    end_orphans(orphans, timeout=0.2)
    until(lambda: find_orphans(tmp_path / "logs") == [])


def test_processes_of_another_directory_are_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "logs-of-another" / "service.log"
    child = Child(Command(("sleep", "60"), {"PATH": os.defpath}, tmp_path), log)
    try:
        until(lambda: len(find_orphans(log.parent)) == 1)
        assert find_orphans(tmp_path / "logs") == []
    finally:
        child.kill_group()


def test_a_directory_is_locked_by_one_run(tmp_path: Path) -> None:
    with exclusive(tmp_path), pytest.raises(AlreadyRunning, match=str(os.getpid())), exclusive(tmp_path):
        pass
    with exclusive(tmp_path):
        pass
