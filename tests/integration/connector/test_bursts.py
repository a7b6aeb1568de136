"""Of messages that came together each is cheap: what a batch asks of PostgreSQL does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from connector.sessions.receiver import BATCH
from gateway.store import spools
from gateway.store.database import Database
from gateway.store.spools import SpooledEvent
from infra.local.database import DatabaseUrls
from tests.integration.connector.deliveries import Inbox, Sender, text
from tests.integration.store.conftest import Owned, Store, linked, make_session, owned, store, user
from tests.round_trips import Asked, CountingProxy
from tests.unit.connector_whatsapp.build import info, message_event

__all__ = ["linked", "make_session", "owned", "store", "user"]

BOB = Sender("100000000000002@lid", "15550002002@s.whatsapp.net")
# BEGIN with lock, events and settings; the chat; the messages with their events; COMMIT.
COST_OF_A_BATCH = Asked(round_trips=4, statements=7)

BURSTS = 4


@pytest.fixture
def proxy(module_database: DatabaseUrls) -> Iterator[CountingProxy]:
    with CountingProxy(module_database.connector) as proxy:
        yield proxy


@pytest.fixture
def inbox(store: Store, linked: Owned, module_database: DatabaseUrls, proxy: CountingProxy) -> Iterator[Inbox]:
    counted = Database(proxy.dsn, pool_size=1, direct=True)
    inbox = Inbox(Store(store.functions, counted), linked, module_database.whatsmeow)
    yield inbox
    inbox.close()
    counted.close()


def test_a_full_batch_asks_as_often_as_one_message(
    store: Store, linked: Owned, inbox: Inbox, proxy: CountingProxy
) -> None:
    inbox.message(BOB, "first", text("makes the chat"))
    costs, expected = [], ["first"]
    for burst in range(BURSTS):
        ids = [f"B{burst}N{number}" for number in range(BATCH)]
        events = [
            SpooledEvent(
                number, linked.session_id, inbox.device_jid, "Message", message_event(info(BOB.source, id), said)
            )
            for number, (id, said) in enumerate(((id, text(f"text {id}")) for id in ids), start=1)
        ]
        spools.carry(store.connector, uuid4().hex, events)
        before = proxy.asked
        assert inbox._receiver._process_batch() == BATCH
        costs.append(proxy.asked - before)
        expected += ids
    assert {cost.statements for cost in costs} == {COST_OF_A_BATCH.statements}
    # A busy machine may send a pipeline in two parts, now and then.
    assert min(cost.round_trips for cost in costs) == COST_OF_A_BATCH.round_trips
    assert [row.message_id for row in inbox.rows()] == expected
