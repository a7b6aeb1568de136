"""One API a module, and one over it with a short wait."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.store.database import Database
from infra.local.database import DatabaseUrls
from tests.integration.api.server import Api, Owner, Parts
from tests.stack import Stack


@pytest.fixture(scope="module")
def parts(stack: Stack, module_database: DatabaseUrls) -> Iterator[Parts]:
    queues = stack.queues()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in queues.environment.items():
            patch.setenv(name, value)
        parts = Parts(module_database, queues)
        yield parts
        parts.close()


@pytest.fixture(scope="module")
def module_api(parts: Parts) -> Iterator[Api]:
    with parts.api() as api:
        yield api


@pytest.fixture
def api(module_api: Api) -> Api:
    """A user of this test's own."""
    return module_api.as_user()


@pytest.fixture(scope="module")
def module_hasty(parts: Parts) -> Iterator[Api]:
    with parts.api(send_wait_seconds=0.2) as api:
        yield api


@pytest.fixture
def hasty(module_hasty: Api) -> Api:
    """The API that hardly waits for a send."""
    return module_hasty.as_user()


@pytest.fixture
def owner(api: Api) -> Owner:
    """The owner of a connected session of `api`'s user."""
    return api.linked_session()


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """For what happens while a request waits."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def replies(parts: Parts) -> Iterator[Database]:
    database = Database(parts.urls.replies)
    yield database
    database.close()


@pytest.fixture
def path(api: Api) -> str:
    return f"/sessions/{api.new_session()}"
