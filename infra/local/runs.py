"""One run at a time for each local directory, and what a killed run left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from infra.local.child import LOG_VARIABLE


class AlreadyRunning(Exception):
    """Another run holds the directory."""


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Hold the directory until the end or death of this process. Raises AlreadyRunning."""
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
    """Living processes that write to, or descend from one that wrote to, a log in this directory."""
    directory = f"{logs.resolve()}{os.sep}"
    found = psutil.process_iter(["environ"])
    return [process for process in found if (process.info["environ"] or {}).get(LOG_VARIABLE, "").startswith(directory)]


def end_orphans(processes: list[psutil.Process], patience: float) -> None:
    """Ask them to end, and after `patience` seconds end them."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=patience)
