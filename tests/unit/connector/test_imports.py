"""The supervisor's process holds little."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

from connector.supervisor.settings import SupervisorSettings
from infra.local.ports import LOOPBACK

HEAVY = {"asyncio", "boto3", "gateway.settings", "gateway.store", "neonize", "psycopg", "pydantic", "pydantic_settings"}
_IMPORTED = re.compile(r"import time: +\d+ \| +\d+ \| +(\S+)")


def test_the_supervisor_loads_nothing_of_what_its_workers_need(tmp_path: Path) -> None:
    """For as long as it lives: its workers die at once, because they have no settings."""
    settings = SupervisorSettings(1, LOOPBACK, 0, drain_seconds=1, lease_ttl_seconds=20)
    command = [sys.executable, "-X", "importtime", "-m", "connector.supervisor", settings.encode()]
    errors = tmp_path / "errors"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env={}, text=True) as supervisor,
    ):
        assert supervisor.stdout
        assert any('"worker died"' in line for line in supervisor.stdout)
        supervisor.send_signal(signal.SIGTERM)
        supervisor.communicate(timeout=60)
    imported = set(_IMPORTED.findall(errors.read_text()))
    assert supervisor.returncode == 0
    assert "connector.supervisor.worker_slot" in imported
    assert imported & HEAVY == set()
