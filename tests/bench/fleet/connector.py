"""`python -m tests.bench.fleet.connector`: the connector, its workers with the client that stands in for neonize."""

from __future__ import annotations

from connector.supervisor.supervisor import main
from connector.supervisor.worker_process import WorkerProcess

WorkerProcess.module = "tests.bench.fleet.worker"
main()
