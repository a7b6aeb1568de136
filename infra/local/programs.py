"""The gateway's own programs as parts, the same for `make up` and the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from infra.local.ports import LOOPBACK, answers_ok
from infra.local.program import Program

Environment = Callable[[], Mapping[str, str]]

# SIGTERM lets a connector finish what is running (20 s at most) and hand its shards over.
CONNECTOR_STOP_SECONDS = 30.0
# Longer than the API's longest wait for a send.
API_STOP_SECONDS = 15.0


def api(log: Path, port: int, environment: Environment) -> Program:
    server = ("-m", "uvicorn", "functions.api.app:app", "--host", LOOPBACK, "--port", str(port), "--no-access-log")
    ready = partial(answers_ok, f"http://{LOOPBACK}:{port}/health")
    return Program("API", log, server, environment, ready, API_STOP_SECONDS)


def connector(log: Path, health_port: int, environment: Environment) -> Program:
    ready = partial(answers_ok, f"http://{LOOPBACK}:{health_port}/health")
    return Program("connector", log, ("-m", "connector"), environment, ready, CONNECTOR_STOP_SECONDS)


def whatsapp_server(log: Path, port: int, directory: Path, environment: Environment) -> Program:
    """The local WhatsApp server with its virtual phones; it keeps its state in `directory`."""
    server = ("-m", "infra.local.whatsapp", "--directory", str(directory), "--port", str(port))
    return Program("WhatsApp server", log, server, environment, partial(answers_ok, f"http://{LOOPBACK}:{port}/phones"))


def whatsapp_environment(directory: Path) -> dict[str, str]:
    """What leads a connector to the local WhatsApp server; written by it when it starts."""
    values: dict[str, str] = json.loads((directory / "environment.json").read_text())
    return values
