from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from connector.whatsapp.devices import migrate, whatsmeow_dsn
from connector.whatsapp.pairing_process import Paired, PairingProcess, QrCode
from infra.local.database import DatabaseUrls
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector_whatsapp.phones import Phone
from tests.integration.connector_whatsapp.runner import Driver
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Linked:
    phone: Phone
    jid: str


Link = Callable[[str], Linked]


@pytest.fixture(scope="module")
def dsn(module_database: DatabaseUrls) -> str:
    dsn = whatsmeow_dsn(module_database.whatsmeow)
    migrate(dsn)
    return dsn


@pytest.fixture(scope="module")
def environment(stack: Stack) -> Iterator[dict[str, str]]:
    """Variables that lead a client to the server; also set in this process, for the pairing processes it starts."""
    variables = stack.whatsapp.connector_environment
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


@pytest.fixture(scope="module")
def whatsapp(stack: Stack, environment: dict[str, str]) -> Iterator[WhatsAppControl]:
    with WhatsAppControl(stack.whatsapp.url) as control:
        yield control


@pytest.fixture(autouse=True)
def no_problems(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a client did what the server does not expect; end the faults of each test."""
    if "whatsapp" not in request.fixturenames:
        yield
        return
    server: WhatsAppControl = request.getfixturevalue("whatsapp")
    before = server.problems()
    yield
    server.clear_faults()
    assert server.problems() == before


@pytest.fixture
def driver(environment: dict[str, str]) -> Iterator[Driver]:
    with Driver(environment) as driver:
        driver.wait("", "ready")
        yield driver


@pytest.fixture(scope="module")
def module_driver(environment: dict[str, str]) -> Iterator[Driver]:
    with Driver(environment) as driver:
        driver.wait("", "ready")
        yield driver


@pytest.fixture(scope="module")
def link(whatsapp: WhatsAppControl, dsn: str) -> Link:
    """Return a function that links a new phone with a name."""

    def link(name: str) -> Linked:
        phone = Phone(whatsapp, name)
        with PairingProcess(dsn, "Tests") as process:
            for event in process.events():
                if isinstance(event, QrCode):
                    phone.scan(event.text)
        assert isinstance(event, Paired)
        return Linked(phone, event.jid)

    return link
