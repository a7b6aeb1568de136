"""How many processors this machine or container may use."""

from __future__ import annotations

import os
from pathlib import Path

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def whole_cores(cpu_max: Path = CPU_MAX) -> int:
    """Return how many are ours entirely, at least 1; a container's quota counts, which os.cpu_count() does not know.

    `cpu_max` is the file of control groups (version 2): the quota and its period in microseconds, or "max".
    """
    allowed = float(len(os.sched_getaffinity(0)))
    try:
        quota, _, period = cpu_max.read_text().partition(" ")
        allowed = min(allowed, int(quota) / int(period))
    except (OSError, ValueError):
        pass
    return max(int(allowed), 1)
