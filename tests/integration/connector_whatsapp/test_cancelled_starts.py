"""A start waits for its turn; whoever is not to run the device any more by then does not log in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.whatsapp.device_store import DeviceStore
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector_whatsapp.conftest import Link
from tests.integration.connector_whatsapp.runner import Driver
from tests.integration.local.waiting import until


@pytest.fixture
def successor(environment: dict[str, str]) -> Iterator[Driver]:
    """The process of the next owner."""
    with Driver(environment) as driver:
        driver.wait("", "ready")
        yield driver


def logins(whatsapp: WhatsAppControl, number: str) -> int:
    return int(whatsapp.statistics()["loginsByNumber"].get(number, 0))


def conflicts(whatsapp: WhatsAppControl, number: str) -> int:
    return sum(entry["number"] == number for entry in whatsapp.statistics()["conflictList"])


@pytest.mark.parametrize(
    ("opening", "cancel", "kind"),
    [
        ("start", "stop", "ClientGone"),
        ("start", "revoke", "PermissionError"),
        ("open_run", "close_run", "ClientGone"),
    ],
)
def test_it_throws_nobody_out(
    link: Link,
    driver: Driver,
    successor: Driver,
    dsn: str,
    whatsapp: WhatsAppControl,
    opening: str,
    cancel: str,
    kind: str,
) -> None:
    maria = link("Maria")
    driver.call("hold_starts")
    queued = driver.begin(opening, client="maria", dsn=dsn, jid=maria.jid)
    until(lambda: driver.call("made", client="maria"))
    cancelling = driver.begin(cancel, client="maria")
    if cancel == "stop":
        assert driver.result(cancelling) is True
    successor.start("maria", dsn, maria.jid)
    before = logins(whatsapp, maria.phone.number)
    driver.call("release_starts")
    with pytest.raises(Exception, match=kind):
        driver.result(queued)
    driver.result(cancelling)
    other = link("The next in the queue")
    driver.start("other", dsn, other.jid)
    assert logins(whatsapp, maria.phone.number) == before
    assert conflicts(whatsapp, maria.phone.number) == 0
    assert successor.call("ended", client="maria") is False


def test_a_client_stopped_before_it_has_dialled_ends(
    link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    maria = link("Maria")
    whatsapp.fault(latencySeconds=1)
    starting = driver.begin("start", client="maria", dsn=dsn, jid=maria.jid)
    until(lambda: driver.call("threads") == 1)
    driver.call("stop", client="maria", timeout=0.01)
    driver.result(starting)
    assert driver.wait("maria", "end").text == "NoneType"
    until(lambda: driver.call("threads") == 0)
    assert not any(device["connected"] for device in whatsapp.phone(maria.phone.number)["devices"])


def test_postgresql_tells_that_a_client_has_read_its_device_before_the_server_answers(
    link: Link, driver: Driver, dsn: str, whatsapp: WhatsAppControl
) -> None:
    """By that the next start begins; were it not told, each would take a quarter of a second."""
    maria, store = link("Maria"), DeviceStore(dsn)
    whatsapp.fault(latencySeconds=3)
    starting = driver.begin("start", client="maria", dsn=dsn, jid=maria.jid)
    until(lambda: driver.call("application_name", client="maria"))
    name = driver.call("application_name", client="maria")
    until(lambda: store.has_read_device(name))
    driver.result(starting)
    assert not [event for event in driver.events if event.client == "maria"], "the server has not answered yet"
    assert not store.has_read_device("whatsmeow-another")
    assert store._connection is not None
    store._connection.close()
