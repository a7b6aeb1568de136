"""A connector of real processes on a database and queues of the test's own, and phones nobody else uses."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from gateway.aws.queues import CommandQueues
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.user import User
from tests.stack import Gateway, Stack

# Our own durations, short: a hang of any part shows within seconds.
SETTINGS = {
    "GATEWAY_WORKERS": "1",
    "GATEWAY_LEASE_TTL_SECONDS": "9",
    "GATEWAY_LEASE_MARGIN_SECONDS": "2",
    # Longer than the default: on a busy machine a worker may be silent for a while.
    "GATEWAY_TAKEOVER_SECONDS": "5",
    "GATEWAY_LOOK_INTERVAL_SECONDS": "1",
    "GATEWAY_RECONNECT_BASE_SECONDS": "0.2",
    "GATEWAY_RECONNECT_MAX_SECONDS": "5",
    "GATEWAY_REPLACED_PAUSE_SECONDS": "1",
    "GATEWAY_LOGOUT_OFFLINE_SECONDS": "3",
    "GATEWAY_DRAIN_SECONDS": "10",
    "GATEWAY_EVENT_RETRY_SECONDS": "0.1",
    "GATEWAY_SPARE_PAIRING_SECONDS": "0",
}
_NUMBERS = itertools.count(4915700000000 + os.getpid() % 100_000 * 1000)

MakePhone = Callable[..., str]


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Gateway]:
    """The test's own, to be harmed; nothing of it runs before the test starts a connector."""
    with stack.gateway(**SETTINGS) as gateway:
        yield gateway


@pytest.fixture(scope="package")
def shared_gateway(stack: Stack) -> Iterator[Gateway]:
    """With a connector that the tests of a package share, and leave running: its start costs what three links cost."""
    with stack.gateway(**SETTINGS) as gateway:
        gateway.start_connector()
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
    """Of the test's own gateway; rings no doorbell."""
    user = User(gateway.database, whatsapp)
    yield user
    user.close()


@pytest.fixture
def guest(shared_gateway: Gateway, whatsapp: WhatsAppControl) -> Iterator[User]:
    """Of the shared gateway, where nothing of the user goes on after the test."""
    user = User(shared_gateway.database, whatsapp)
    yield user
    user.leave()
    user.close()


@pytest.fixture
def command_queues(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> CommandQueues:
    """The doorbells of the test's own gateway, as the API rings them."""
    for name, value in gateway.queues.environment.items():
        monkeypatch.setenv(name, value)
    return CommandQueues(gateway.queues.prefix)


@pytest.fixture
def phone(whatsapp: WhatsAppControl) -> MakePhone:
    """Makes a phone and returns its number."""

    def make(name: str = "") -> str:
        number = f"+{next(_NUMBERS)}"
        whatsapp.create_phone(number, name or number)
        return number

    return make
