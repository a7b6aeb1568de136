"""`python -m tests.bench.fleet.connector`: the connector, its workers with the client that stands in for neonize."""

from __future__ import annotations

from connector.supervisor.settings import SupervisorSettings
from connector.supervisor.supervisor import run
from connector.supervisor.worker_process import WorkerProcess
from gateway.settings import ConnectorSettings

WorkerProcess.module = "tests.bench.fleet.worker"
run(SupervisorSettings.of(ConnectorSettings()))
