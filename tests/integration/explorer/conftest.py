"""The Explorer as a process, on the real API."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.local.explorer import Explorer
from infra.local.ports import free_port
from tests.integration.explorer.http_user import HttpUser
from tests.people import Api
from tests.people import api as api
from tests.people import gateway as gateway
from tests.people import make_connected as make_connected
from tests.people import owner as owner
from tests.stack import Stack, inherited_environment


@pytest.fixture(scope="package")
def explorer(stack: Stack, api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    port = free_port()
    key_file = tmp_path_factory.mktemp("explorer") / "api-key"
    key_file.write_text(api.key())
    log = Path(stack.logs / f"explorer-{port}.log")
    cookie_key, environment = secrets.token_urlsafe(32), inherited_environment()
    files = "http://files.example:9000"
    service = Explorer(log, port, api.url, cookie_key, environment, key_file=key_file, media_origin=files)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def sign_in(explorer: Explorer) -> Iterator[Callable[[str], HttpUser]]:
    """Sign users in with their API keys."""
    clients: list[httpx.Client] = []

    def enter(key: str) -> HttpUser:
        clients.append(httpx.Client(base_url=explorer.url, timeout=30, headers={"Origin": explorer.url}))
        user = HttpUser(clients[-1])
        user.sign_in(key)
        return user

    yield enter
    for client in clients:
        client.close()
