"""The machine that the figures were measured on, without names and paths."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil

GIB = 1 << 30


def description() -> str:
    memory = psutil.virtual_memory().total / GIB
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def _processor() -> str:
    """Return the processor's model, which Linux names in /proc only."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.machine()
