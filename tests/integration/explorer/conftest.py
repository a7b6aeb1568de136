"""The Explorer as a process in front of the real API."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.explorer import Explorer
from infra.local.ports import free_port
from tests.integration.explorer.visitor import Visitor
from tests.people import Api
from tests.people import api as api
from tests.people import gateway as gateway
from tests.people import make_connected as make_connected
from tests.people import owner as owner
from tests.stack import Stack, inherited_environment


@pytest.fixture(scope="module")
def explorer(stack: Stack, api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    port = free_port()
    key_file = tmp_path_factory.mktemp("explorer") / "api-key"
    key_file.write_text(api.key())
    log = Path(stack.logs / f"explorer-{port}.log")
    part = Explorer(log, port, api.url, secrets.token_urlsafe(32), inherited_environment(), key_file=key_file)
    part.start()
    try:
        yield part
    finally:
        part.stop()


@pytest.fixture
def visit(explorer: Explorer) -> Iterator[Callable[[str], Visitor]]:
    """Signs visitors in with their API keys."""
    clients: list[httpx.Client] = []

    def enter(key: str) -> Visitor:
        clients.append(httpx.Client(base_url=explorer.url, headers={"Origin": explorer.url}))
        visitor = Visitor(clients[-1])
        visitor.sign_in(key)
        return visitor

    yield enter
    for client in clients:
        client.close()
