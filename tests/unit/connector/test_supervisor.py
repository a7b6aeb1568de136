"""What the supervisor is told, and what it says before it was told anything."""

from __future__ import annotations

import subprocess
import sys

from pydantic import SecretStr

from connector.supervisor.settings import SupervisorSettings
from connector.supervisor.supervisor import Supervisor
from gateway.settings import ConnectorSettings
from infra.local.ports import LOOPBACK

PASSWORD = "not for everybody"


def test_it_is_told_nothing_secret() -> None:
    url = SecretStr(f"postgresql://gateway:{PASSWORD}@localhost/gateway")
    settings = SupervisorSettings.of(
        ConnectorSettings(database_url=url, whatsmeow_database_url=url, workers=3, drain_seconds=7.5)
    )
    assert (settings.workers, settings.drain_seconds) == (3, 7.5)
    assert PASSWORD not in settings.encode()
    assert SupervisorSettings.decode(settings.encode()) == settings


def test_wrong_settings_are_told_once_and_start_nothing() -> None:
    environment = {"GATEWAY_DATABASE_URL": "postgresql://localhost/gateway", "GATEWAY_WORKERS": "many"}
    command = [sys.executable, "-m", "connector"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("whatsmeow_database_url") == ended.stderr.count("validation errors for") == 1


def test_while_no_worker_reports_nothing_is_known_of_the_database() -> None:
    healthy, state = Supervisor(SupervisorSettings(2, LOOPBACK, 0, drain_seconds=1, lease_ttl_seconds=20)).health()
    assert not healthy
    assert (state["status"], state["database"]) == ("failing", {"state": "unknown"})
    assert [worker["state"] for worker in state["workers"]] == ["starting", "starting"]
