"""A session with its owner, files at the local WhatsApp server's media host, and functions/media in this process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.domain.phone import Address
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.api.conftest import parts as parts
from tests.integration.api.server import Api, Owner, Parts
from tests.integration.media.hosts import MediaHost
from tests.integration.media.running import Running
from tests.stack import Stack

BOB = Address("100000000000002@lid", "+15550002002")
NOW = datetime(2026, 8, 21, 9, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def module_api(parts: Parts) -> Iterator[Api]:
    with parts.api(queue_prefix=parts.queues.prefix, media_bucket=parts.bucket) as api:
        yield api


@pytest.fixture
def api(module_api: Api) -> Api:
    return module_api.as_user()


@pytest.fixture
def owner(api: Api) -> Owner:
    return api.linked_session()


@pytest.fixture
def whatsapp(stack: Stack) -> Iterator[WhatsAppControl]:
    with WhatsAppControl(stack.whatsapp.url) as control:
        yield control
        control.clear_faults()


@pytest.fixture
def host(stack: Stack, whatsapp: WhatsAppControl) -> Iterator[MediaHost]:
    with MediaHost(stack.whatsapp, whatsapp) as host:
        yield host


@pytest.fixture
def function(stack: Stack, parts: Parts) -> Iterator[Running]:
    function = Running(parts, stack.whatsapp)
    yield function
    function.close()
