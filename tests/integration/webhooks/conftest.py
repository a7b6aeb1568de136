"""One API a module that allows private addresses, as `make up` does; functions/webhooks; a receiver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.domain import webhooks
from tests.integration.api.conftest import parts as parts
from tests.integration.api.server import Api, Owner, Parts
from tests.integration.webhooks.receiver import Receiver, receiving
from tests.integration.webhooks.running import Running, running


@pytest.fixture(scope="module")
def module_api(parts: Parts) -> Iterator[Api]:
    with parts.api(private_webhook_urls=True, queue_prefix=parts.queues.prefix) as api:
        yield api


@pytest.fixture
def api(module_api: Api) -> Api:
    return module_api.as_user()


@pytest.fixture
def owner(api: Api) -> Owner:
    return api.linked_session()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def function(parts: Parts) -> Iterator[Running]:
    with running(parts) as function:
        yield function


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other quickly, and an endpoint rests only for a moment."""
    monkeypatch.setattr(webhooks, "_PAUSES", (0.2,))
    monkeypatch.setattr(webhooks, "_REST_BASE_SECONDS", 0.2)
    monkeypatch.setattr(webhooks, "_REST_LIMIT_SECONDS", 0.5)
