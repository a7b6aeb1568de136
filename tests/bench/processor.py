"""The processor time of services, with all their processes."""

from __future__ import annotations

from collections.abc import Iterable

import psutil

from infra.local.service import Service


def cpu_seconds(services: Iterable[Service]) -> float:
    """Return what their processes have used so far, and what children of theirs that have ended used."""
    processes = [psutil.Process(service.pid) for service in services]
    processes += [child for process in processes for child in process.children(recursive=True)]
    times = [process.cpu_times() for process in processes]
    ended = sum(each.children_user + each.children_system for each in times)
    return sum(each.user + each.system for each in times) + ended
