"""What a send costs the API in round trips to PostgreSQL, with a direct connection and through a real pooler."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.api.server import Api, Owner, Parts
from tests.pooler import PGBOUNCER, PgBouncer
from tests.round_trips import Asked, CountingProxy
from tests.stack import server_directory

# Who asks; whether it may be sent, with the session's lock; the writing. The outcome is heard, or read.
ROUND_TRIPS_OF_A_SEND = 3
# The first; BEGIN, the lock, chat, pacing; message with command, COMMIT.
STATEMENTS_OF_A_SEND = 7
ROUND_TRIPS_OF_A_LOOK = 1
# Statements are prepared, and it is known how long a send takes.
WARM_UP = 4
SENDS = 5
BODY = {"to": "+15550002002", "text": "Hello"}


@pytest.fixture
def pooler(parts: Parts, tmp_path: Path) -> Iterator[PgBouncer]:
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed: apt-get install pgbouncer")
    pooler = PgBouncer(server_directory(), tmp_path / "pgbouncer.log", parts.urls.functions)
    pooler.start()
    yield pooler
    pooler.stop()


@pytest.mark.parametrize("direct", [False, True], ids=["looks", "listens"])
def test_a_send_takes_few_round_trips(parts: Parts, aside: ThreadPoolExecutor, *, direct: bool) -> None:
    with CountingProxy(parts.urls.functions) as proxy:
        costs = _costs(parts, proxy, aside, direct=direct)
    looks = 0 if direct else ROUND_TRIPS_OF_A_LOOK
    assert _least(costs).round_trips <= ROUND_TRIPS_OF_A_SEND + looks, costs
    assert _least(costs).statements <= STATEMENTS_OF_A_SEND + looks, costs


def test_through_a_transaction_pooler_it_takes_as_few(
    parts: Parts, pooler: PgBouncer, aside: ThreadPoolExecutor
) -> None:
    with CountingProxy(pooler.dsn) as proxy:
        costs = _costs(parts, proxy, aside, direct=False)
    assert _least(costs).round_trips <= ROUND_TRIPS_OF_A_SEND + ROUND_TRIPS_OF_A_LOOK, costs


def _least(costs: list[Asked]) -> Asked:
    """Return the cheapest: on a busy machine the first look comes too early, and there is another one."""
    return min(costs, key=lambda cost: (cost.round_trips, cost.statements))


def _costs(parts: Parts, proxy: CountingProxy, aside: ThreadPoolExecutor, *, direct: bool) -> list[Asked]:
    with parts.api(database_url=proxy.dsn, database_direct=direct) as api:
        owner = api.linked_session()
        for number in range(WARM_UP):
            _send(api, owner, aside, f"3EB0F{number}")
        costs = []
        for number in range(WARM_UP, WARM_UP + SENDS):
            before = proxy.asked
            _send(api, owner, aside, f"3EB0F{number}")
            costs.append(proxy.asked - before)
        return costs


def _send(api: Api, owner: Owner, aside: ThreadPoolExecutor, whatsapp_id: str) -> None:
    delivery = aside.submit(owner.deliver_next, whatsapp_id)
    answer = api.post(f"{owner.path}/messages", BODY)
    assert (answer.status_code, answer.json()["messageId"]) == (201, whatsapp_id)
    delivery.result()
