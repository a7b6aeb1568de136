"""The container's health check."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from connector.supervisor import health
from connector.supervisor.probe import is_healthy
from infra.local.ports import LOOPBACK, free_port


@pytest.mark.parametrize("healthy", [True, False])
def test_it_answers_as_the_supervisor_does(healthy: bool) -> None:
    port = health.serve(LOOPBACK, 0, lambda: (healthy, {}))
    assert is_healthy(port) is healthy
    environment = {**os.environ, "GATEWAY_HEALTH_PORT": str(port)}
    command = [sys.executable, "-m", "connector.supervisor.probe"]
    assert subprocess.run(command, env=environment, check=False, timeout=20).returncode == (0 if healthy else 1)


def test_silence_is_not_health() -> None:
    assert not is_healthy(free_port())
