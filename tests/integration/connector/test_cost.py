"""What a worker asks of PostgreSQL, counted on the way there: for a send, and while nothing happens."""

from __future__ import annotations

import functools
import operator
import time
from collections.abc import Iterator

import pytest
from psycopg.rows import dict_row

from connector.shards.session_registry import LOOKS_UNTIL_ALL
from gateway.aws.queues import CommandQueues
from gateway.domain.access import Reach
from gateway.domain.presence import PresenceSetting
from gateway.store import sessions
from gateway.store.assistant import configs
from gateway.store.connecting import connect
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.round_trips import Asked, CountingProxy
from tests.stack import Gateway

SENDS = 7
# The claim with its secret, and the outcome; a look for what the doorbell rang for.
COST_OF_A_SEND = Asked(round_trips=3, statements=6)
ROUND_TRIPS_OF_TYPING = 4
MESSAGES = 5
# The spool; the batch with its lock and settings, the chat, the message, what was said, COMMIT with the turn: 6, and
# one where a busy server answers a batch in two parts.
ROUND_TRIPS_OF_A_MESSAGE = 7
# A send and its doorbell are over: nothing was asked for so long.
QUIET_SECONDS = 0.5
# In the time that is counted all sessions are looked for twice.
LOOK_SECONDS = 0.2
IDLE_SECONDS = 2 * LOOKS_UNTIL_ALL * LOOK_SECONDS
IDLE_TIMES = 4
# Of a connector with one worker: locks are looked at 2.7 times a second, the rest together asks half as much.
STATEMENTS_A_SECOND = 6
# Leases are renewed, locks looked at and due work looked for hardly ever while a send is counted.
RARELY = {
    "GATEWAY_LEASE_TTL_SECONDS": "120",
    "GATEWAY_TAKEOVER_SECONDS": "120",
    "GATEWAY_LOOK_INTERVAL_SECONDS": "60",
}


@pytest.fixture
def proxy(gateway: Gateway) -> Iterator[CountingProxy]:
    with CountingProxy(gateway.database.connector) as proxy:
        yield proxy


@pytest.fixture
def caller(gateway: Gateway, whatsapp: WhatsAppControl, command_queues: CommandQueues) -> Iterator[User]:
    """Rings doorbells, as the API does."""
    user = User(gateway.database, whatsapp, command_queues)
    yield user
    user.close()


def _settled(proxy: CountingProxy) -> Asked:
    """Return what was asked once nothing more is."""
    asked, since = proxy.asked, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        time.sleep(QUIET_SECONDS / 20)
        if proxy.asked != asked:
            asked, since = proxy.asked, time.monotonic()
    return asked


def test_a_send_takes_few_round_trips(
    gateway: Gateway, caller: User, whatsapp: WhatsAppControl, proxy: CountingProxy, phone: MakePhone
) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, **RARELY)
    session_id, contact = caller.link(phone()), phone()
    for number in range(3):
        caller.wait_for_status(session_id, caller.send(session_id, contact, f"warm up {number}"), "delivered")
    # Receipts are not the send's.
    whatsapp.change_phone(contact, autoReceipts=False)
    costs = []
    for number in range(SENDS):
        before = _settled(proxy)
        caller.wait_for_status(session_id, caller.send(session_id, contact, f"counted {number}"), "sent")
        costs.append(_settled(proxy) - before)
    # A lease is renewed beside it, or it is asked whether somebody listens: the cheapest is what a send costs.
    assert min(cost.round_trips for cost in costs) <= COST_OF_A_SEND.round_trips, costs
    assert min(cost.statements for cost in costs) <= COST_OF_A_SEND.statements, costs


def test_taking_in_a_message_for_the_assistant_takes_few_round_trips(
    gateway: Gateway, caller: User, whatsapp: WhatsAppControl, proxy: CountingProxy, phone: MakePhone
) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, **RARELY)
    number, contact = phone(), phone()
    session_id = caller.link(number)
    with connect(gateway.database.admin, dict_row) as connection:
        configs.put(connection, session_id, {"enabled": True, "debounce_seconds": 0})
    costs = []
    for count in range(1, MESSAGES + 1):
        before = _settled(proxy)
        whatsapp.send(contact, number, f"question {count}")
        _wait_until_stored(gateway, count)
        costs.append(_settled(proxy) - before)
    # What runs beside it is counted too, now and then: the cheapest is what a message costs.
    assert min(cost.round_trips for cost in costs) <= ROUND_TRIPS_OF_A_MESSAGE, costs


def _wait_until_stored(gateway: Gateway, count: int) -> None:
    query = "SELECT count(*) AS stored FROM gateway.whatsapp_explorer_messages WHERE content LIKE 'question %'"
    deadline = time.monotonic() + 60
    with connect(gateway.database.admin, dict_row, autocommit=True) as connection:
        while connection.execute(query).fetchall()[0]["stored"] < count:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.slow
def test_an_idle_session_costs_nothing(gateway: Gateway, user: User, proxy: CountingProxy, phone: MakePhone) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, GATEWAY_LOOK_INTERVAL_SECONDS=str(LOOK_SECONDS))
    user.link(phone())
    one = _idle(proxy)
    for _ in range(3):
        user.link(phone())
    assert _idle(proxy).statements <= one.statements * 1.2 + 1


@pytest.mark.slow
def test_a_session_that_may_not_connect_costs_hardly_more(
    gateway: Gateway, user: User, whatsapp: WhatsAppControl, proxy: CountingProxy, phone: MakePhone
) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, GATEWAY_LOOK_INTERVAL_SECONDS=str(LOOK_SECONDS))
    number = phone()
    session_id = user.link(number)
    connected = _idle(proxy)
    whatsapp.fault(loginFailure={"number": number, "reason": "405"}, drop={"number": number})
    user.wait_for_state(session_id, "disconnected", reason="client_outdated")
    # It reads its row when all sessions are looked for, and not at every look.
    assert _idle(proxy).statements <= connected.statements + IDLE_SECONDS / LOOK_SECONDS


@pytest.mark.slow
def test_an_idle_connector_asks_for_little(gateway: Gateway, proxy: CountingProxy) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, GATEWAY_WORKERS="1")
    assert _idle(proxy).statements <= STATEMENTS_A_SECOND * IDLE_SECONDS


def _idle(proxy: CountingProxy) -> Asked:
    """Return what is asked while nothing happens: now and then an address book is looked into after a link."""
    return min((_asked_in(proxy, IDLE_SECONDS) for _ in range(IDLE_TIMES)), key=lambda asked: asked.statements)


def _asked_in(proxy: CountingProxy, seconds: float) -> Asked:
    before = proxy.asked
    time.sleep(seconds)
    return proxy.asked - before


def test_typing_costs_what_tells_it(
    gateway: Gateway, caller: User, whatsapp: WhatsAppControl, proxy: CountingProxy, phone: MakePhone
) -> None:
    gateway.start_connector(GATEWAY_DATABASE_URL=proxy.dsn, **RARELY)
    office, tina = phone(), phone()
    session_id = caller.link(office)
    whatsapp.send(tina, office, "The tap drips.")
    caller.wait_for_texts(session_id, "The tap drips.")
    with caller.database.transaction() as connection:
        sessions.change(connection, Reach(caller.id), session_id, {"presence": PresenceSetting.AVAILABLE})
    wait_for(lambda: whatsapp.phone(office)["devices"], lambda devices: any(each["available"] for each in devices))

    def told() -> int:
        return len(caller.events(session_id, "chat.presence"))

    costs = []
    for number in range(SENDS):
        before = _settled(proxy)
        whatsapp.type(tina, office, "composing" if number % 2 == 0 else "paused")
        wait_for(told, functools.partial(operator.lt, number))
        costs.append(_settled(proxy) - before)
    # What runs beside it is counted too, now and then: the cheapest of each kind is what it costs.
    for beginnings_or_ends in (costs[::2], costs[1::2]):
        assert min(cost.round_trips for cost in beginnings_or_ends) <= ROUND_TRIPS_OF_TYPING, costs
