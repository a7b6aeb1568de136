from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.client import Gateway
from tests.people import Api
from tests.people import api as api
from tests.people import make_connected as make_connected
from tests.people import owner as owner
from tests.terminal import Terminal


@pytest.fixture
def key(api: Api) -> str:
    return api.key()


@pytest.fixture
def gateway(api: Api, key: str) -> Iterator[Gateway]:
    with Gateway(api.url, key) as gateway:
        yield gateway


@pytest.fixture
def terminal(api: Api, key: str, tmp_path: Path) -> Terminal:
    return Terminal(api.url, key, tmp_path)
