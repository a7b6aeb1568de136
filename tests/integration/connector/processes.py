"""The processes of a connector, as the operating system shows them."""

from __future__ import annotations

import psutil


def workers(supervisor: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(supervisor).children() if _runs(child, "connector.worker")]


def pairing_children(supervisor: int) -> list[psutil.Process]:
    everybody = psutil.Process(supervisor).children(recursive=True)
    return [child for child in everybody if _runs(child, "connector.whatsapp.pairing_child")]


def _runs(process: psutil.Process, module: str) -> bool:
    try:
        return module in process.cmdline()
    except psutil.NoSuchProcess:
        return False
