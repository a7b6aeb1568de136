"""The WebSocket API with its functions as processes, beside the REST API; PostgreSQL and SQS are real."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from infra.local.ports import free_port
from infra.local.service import Service
from infra.local.services import WebSockets, pushes
from tests.integration.api.conftest import api as api
from tests.integration.api.conftest import module_api as module_api
from tests.integration.api.conftest import owner as owner
from tests.integration.api.conftest import parts as parts
from tests.integration.api.server import Api, Parts
from tests.stack import TOKEN_KEYS, inherited_environment

JSON = dict[str, Any]
Connect = Callable[..., "Client"]
_SECONDS = 20.0


class Client:
    """A client of the WebSocket API."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def ask(self, **request: Any) -> JSON:
        """The answer to a request; events that come before it are lost."""
        self.socket.send(json.dumps({"id": "1", **request}))
        while (answer := self.next()).get("type") == "events":
            pass
        return answer

    def next(self) -> JSON:
        message: JSON = json.loads(self.socket.recv(timeout=_SECONDS))
        return message

    def events(self, count: int) -> list[JSON]:
        """The next events, from as many messages as they come in."""
        found: list[JSON] = []
        while len(found) < count:
            message = self.next()
            assert message["type"] == "events", message
            found += message["events"]
            assert message["cursor"] == found[-1]["id"]
        return found


class Services:
    """The WebSocket API and what pushes to it."""

    def __init__(self, parts: Parts, api_url: str, logs: Path, *options: str) -> None:
        port = free_port()
        common = {**inherited_environment(), **parts.queues.environment, **parts.urls.functions_environment}
        common |= {**TOKEN_KEYS, "GATEWAY_API_URL": api_url, "GATEWAY_REQUESTS_PER_MINUTE": "100000"}
        lead = WebSockets.pushes_environment(port)
        self.websockets = WebSockets(logs / "websocket.log", port, lambda: common, *options)
        self.pushes = pushes(logs / "pushes.log", lambda: {**common, **lead})
        self.management_url = lead["GATEWAY_WEBSOCKET_URL"]

    def all(self) -> list[Service]:
        return [self.websockets, self.pushes]


@pytest.fixture(scope="module")
def services(parts: Parts, module_api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    services = Services(parts, str(module_api.http.base_url), tmp_path_factory.mktemp("websocket"))
    for service in services.all():
        service.start()
    yield services
    for service in services.all():
        service.stop()


@pytest.fixture
def connected(services: Services) -> Iterator[Connect]:
    """Connect with a key or token; every connection is closed when the test ends."""
    with ExitStack() as ends:

        def one(caller: Api) -> Client:
            is_key = caller.key.startswith("wag_")
            query = "" if is_key else f"/?token={caller.key}"
            headers = {"X-API-Key": caller.key} if is_key else {}
            socket = connect(f"{services.websockets.url}{query}", additional_headers=headers, open_timeout=_SECONDS)
            return Client(ends.enter_context(socket))

        yield one
