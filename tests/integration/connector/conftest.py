"""A connector of real processes on a database and queues of the test's own, and phones nobody else uses."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.user import User
from tests.stack import Gateway, Stack

# A hang of any part shows within seconds instead of minutes.
SETTINGS = {
    "GATEWAY_WORKERS": "1",
    "GATEWAY_LEASE_TTL_SECONDS": "6",
    "GATEWAY_LEASE_MARGIN_SECONDS": "1",
    "GATEWAY_LOOK_INTERVAL_SECONDS": "1",
    "GATEWAY_RECONNECT_BASE_SECONDS": "0.2",
    "GATEWAY_RECONNECT_MAX_SECONDS": "5",
}
_NUMBERS = itertools.count(4915700000000 + os.getpid() % 100_000 * 1000)

MakePhone = Callable[..., str]


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Gateway]:
    """Nothing of it runs before the test starts a connector."""
    with stack.gateway(**SETTINGS) as gateway:
        yield gateway


@pytest.fixture
def whatsapp(stack: Stack) -> Iterator[WhatsAppControl]:
    with WhatsAppControl(stack.whatsapp.url) as control:
        yield control
        control.clear_faults()
        problems = control.problems()
        assert not problems["unknownStanzas"]
        assert not problems["refusedHosts"]


@pytest.fixture
def user(gateway: Gateway, whatsapp: WhatsAppControl) -> Iterator[User]:
    user = User(gateway.database, whatsapp)
    yield user
    user.database.close()


@pytest.fixture
def phone(whatsapp: WhatsAppControl) -> MakePhone:
    """Makes a phone and answers its number."""

    def make(name: str = "") -> str:
        number = f"+{next(_NUMBERS)}"
        whatsapp.create_phone(number, name or number)
        return number

    return make
