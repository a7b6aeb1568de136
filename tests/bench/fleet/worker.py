"""`python -m tests.bench.fleet.worker`: the connector's worker with the client that stands in for neonize."""

from __future__ import annotations

from connector.sessions import client_run
from connector.worker.__main__ import main
from tests.bench.fleet.client import FleetClient

client_run.Client = FleetClient  # type: ignore[attr-defined]
main()
