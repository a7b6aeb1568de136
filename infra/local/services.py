"""The gateway's own programs as services, the same for `make up` and the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from infra.local.ports import LOOPBACK, free_port, responds_ok
from infra.local.python_service import ASGI_SERVER, PythonService

Environment = Callable[[], Mapping[str, str]]

FIXED_ENVIRONMENT = {"NEONIZE_BOT_TAG": "off", "POWERTOOLS_SERVICE_NAME": "whatsapp-gateway"}

# SIGTERM lets a connector finish what is running (20 s at most) and hand its shards over.
CONNECTOR_STOP_SECONDS = 30.0
# Longer than the API's longest wait for a send.
API_GRACE_SECONDS = 11
API_STOP_SECONDS = 15.0
# As the functions have them on AWS.
REPLIES_TIMEOUT_SECONDS = 90.0
SWEEPER_TIMEOUT_SECONDS = 55.0
WEBHOOKS_TIMEOUT_SECONDS = 60.0
MEDIA_TIMEOUT_SECONDS = 300.0
PUSHES_TIMEOUT_SECONDS = 120.0
SWEEP_SECONDS = 60.0


class Api(PythonService):
    def __init__(self, log: Path, port: int, environment: Environment) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        # A stream of events would go on: it is cut off, and its client comes back.
        server = (*ASGI_SERVER, "functions.api.app:app", str(port), "--grace", str(API_GRACE_SECONDS))
        super().__init__("API", log, server, environment, partial(responds_ok, f"{self.url}/health"), API_STOP_SECONDS)


class Connector(PythonService):
    """A connector, `module` with another client; `environment` may omit the port of the health check."""

    def __init__(self, log: Path, health_port: int, environment: Environment, module: str = "connector") -> None:
        self.health_url = f"http://{LOOPBACK}:{health_port}/health"

        def complete() -> dict[str, str]:
            return {**environment(), "GATEWAY_HEALTH_PORT": str(health_port)}

        ready = partial(responds_ok, self.health_url)
        super().__init__("connector", log, ("-m", module), complete, ready, CONNECTOR_STOP_SECONDS)


class WhatsAppServer(PythonService):
    """The local WhatsApp server with its virtual phones; it keeps its state in `directory`."""

    def __init__(
        self, log: Path, port: int, directory: Path, environment: Environment, *, few_prekeys: bool = False
    ) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        self._directory = directory
        # Connectors keep their environment while this server restarts: its proxy stays where it was.
        ports = ("--control-port", port, "--proxy-port", free_port(), "--tls-port", free_port())
        few = ("--few-prekeys",) if few_prekeys else ()
        server = ("-m", "infra.local.whatsapp", "--dir", str(directory), *map(str, ports), *few)
        super().__init__("WhatsApp server", log, server, environment, partial(responds_ok, f"{self.url}/phones"))

    @property
    def connector_environment(self) -> dict[str, str]:
        """The variables that lead a connector here; known once the server has started."""
        values: dict[str, str] = json.loads((self._directory / "environment.json").read_text())
        return values

    @property
    def media_environment(self) -> dict[str, str]:
        """The variables that lead functions/media here; likewise."""
        values = self.connector_environment
        return {"GATEWAY_WHATSAPP_PROXY": values["HTTPS_PROXY"], "GATEWAY_WHATSAPP_AUTHORITY": values["SSL_CERT_FILE"]}


class ModelStub(PythonService):
    """An OpenAI-compatible server that needs no model."""

    def __init__(self, log: Path, port: int, environment: Environment) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        server = ("-m", "infra.local.model", "--port", str(port))
        super().__init__("model", log, server, environment, partial(responds_ok, f"{self.url}/health"))

    @property
    def functions_environment(self) -> dict[str, str]:
        """The variables that lead functions/replies here."""
        return {
            "GATEWAY_MODEL_BASE_URL": f"{self.url}/v1",
            "GATEWAY_MODEL_API_KEY": "local",
            "GATEWAY_MODEL_NAME": "stub",
            "GATEWAY_MODEL_ALLOWED": "*",
        }


class Function(PythonService):
    """A Lambda function with what invokes it: `invoked_by` are the options of infra.local.lambdas for that."""

    def __init__(
        self, name: str, log: Path, timeout: float, invoked_by: tuple[str, ...], environment: Environment
    ) -> None:
        port = free_port()
        options = ("--name", name, "--handler", f"functions.{name}.handler:handler", "--timeout", str(timeout))
        command = ("-m", "infra.local.lambdas", *options, "--health-port", str(port), *invoked_by)
        super().__init__(name, log, command, environment, partial(responds_ok, f"http://{LOOPBACK}:{port}/"))


def replies(log: Path, environment: Environment, concurrency: int = 2) -> Function:
    """Return functions/replies, invoked by the replies queue, with so many instances at once."""
    invoked_by = ("--queue", "replies", "--concurrency", str(concurrency))
    return Function("replies", log, REPLIES_TIMEOUT_SECONDS, invoked_by, environment)


class WebSockets(PythonService):
    """The WebSocket API with functions/websocket behind it; `options` are those of infra.local.websocket."""

    def __init__(self, log: Path, port: int, environment: Environment, *options: str) -> None:
        self.url = f"ws://{LOOPBACK}:{port}"
        server = ("-m", "infra.local.websocket", "--port", str(port), *options)
        super().__init__(
            "WebSockets", log, server, environment, partial(responds_ok, f"http://{LOOPBACK}:{port}/health")
        )

    @staticmethod
    def pushes_environment(port: int) -> dict[str, str]:
        """Return the variables that lead functions/pushes here."""
        return {"GATEWAY_WEBSOCKET_URL": f"http://{LOOPBACK}:{port}/local"}


def pushes(log: Path, environment: Environment) -> Function:
    """Return functions/pushes, begun by its queue: a run lasts as long as somebody has subscribed."""
    return Function("pushes", log, PUSHES_TIMEOUT_SECONDS, ("--queue", "pushes"), environment)


def sweeper(log: Path, environment: Environment, every: float = SWEEP_SECONDS) -> Function:
    """Return functions/sweeper, invoked every so many seconds."""
    return Function("sweeper", log, SWEEPER_TIMEOUT_SECONDS, ("--every", str(every)), environment)


def webhooks(log: Path, environment: Environment, concurrency: int = 2) -> Function:
    """Return functions/webhooks, invoked by the webhooks queue, with so many instances at once."""
    invoked_by = ("--queue", "webhooks", "--concurrency", str(concurrency))
    return Function("webhooks", log, WEBHOOKS_TIMEOUT_SECONDS, invoked_by, environment)


def media(log: Path, environment: Environment, concurrency: int = 4) -> Function:
    """Return functions/media, invoked by the media queue, with so many instances at once."""
    invoked_by = ("--queue", "media", "--concurrency", str(concurrency))
    return Function("media", log, MEDIA_TIMEOUT_SECONDS, invoked_by, environment)
