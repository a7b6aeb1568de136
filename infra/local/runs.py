"""Runs of `make up`: one at a time for each local directory, and the orphans of a killed one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from infra.local.child import LOG_VARIABLE


class AlreadyRunning(Exception):
    """Another run has locked the directory."""


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Lock the directory until the end or death of this process. Raise AlreadyRunning."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"{directory} is in use by process {lock.read().strip()}") from None
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def find_orphans(logs: Path) -> list[psutil.Process]:
    """Return the living processes that log into this directory, and their descendants."""
    directory = f"{logs.resolve()}{os.sep}"
    found = psutil.process_iter(["environ"])
    return [process for process in found if (process.info["environ"] or {}).get(LOG_VARIABLE, "").startswith(directory)]


def end_orphans(processes: list[psutil.Process], timeout: float) -> None:
    """Send SIGTERM, and after `timeout` seconds SIGKILL."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=timeout)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=timeout)
