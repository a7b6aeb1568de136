"""The gateway's own programs as parts, the same for `make up` and the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from infra.local.ports import LOOPBACK, answers_ok, free_port
from infra.local.program import Program

Environment = Callable[[], Mapping[str, str]]

FIXED_ENVIRONMENT = {"NEONIZE_BOT_TAG": "off", "POWERTOOLS_SERVICE_NAME": "whatsapp-gateway"}

# SIGTERM lets a connector finish what is running (20 s at most) and hand its shards over.
CONNECTOR_STOP_SECONDS = 30.0
# Longer than the API's longest wait for a send.
API_STOP_SECONDS = 15.0


class Api(Program):
    def __init__(self, log: Path, port: int, environment: Environment) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        server = ("-m", "uvicorn", "functions.api.app:app", "--host", LOOPBACK, "--port", str(port), "--no-access-log")
        super().__init__("API", log, server, environment, partial(answers_ok, f"{self.url}/health"), API_STOP_SECONDS)


class Connector(Program):
    """`environment` may leave out the port of the health check."""

    def __init__(self, log: Path, health_port: int, environment: Environment) -> None:
        self.health_url = f"http://{LOOPBACK}:{health_port}/health"

        def complete() -> dict[str, str]:
            return {**environment(), "GATEWAY_HEALTH_PORT": str(health_port)}

        ready = partial(answers_ok, self.health_url)
        super().__init__("connector", log, ("-m", "connector"), complete, ready, CONNECTOR_STOP_SECONDS)


class WhatsAppServer(Program):
    """The local WhatsApp server with its virtual phones; it keeps its state in `directory`."""

    def __init__(self, log: Path, port: int, directory: Path, environment: Environment) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self._directory = directory
        # Connectors keep their environment while this server restarts: its proxy stays where it was.
        ports = ("--control-port", port, "--proxy-port", free_port(), "--tls-port", free_port())
        server = ("-m", "infra.local.whatsapp", "--dir", str(directory), *map(str, ports))
        super().__init__("WhatsApp server", log, server, environment, partial(answers_ok, f"{self.url}/phones"))

    @property
    def connector_environment(self) -> dict[str, str]:
        """What leads a connector here; known once the server has started."""
        values: dict[str, str] = json.loads((self._directory / "environment.json").read_text())
        return values
