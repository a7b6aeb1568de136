"""What a turn costs functions/replies in round trips to PostgreSQL, and the owner in those that take a message in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from gateway.store.database import Database
from infra.local.database import DatabaseUrls
from tests.integration.replies.conftest import Assistant, replier
from tests.integration.talk import Talk
from tests.round_trips import CountingProxy

# Claim with the rows, what was said, COMMIT with the budgets; after the call locks with the rows and what was said,
# COMMIT with all writes.
ROUND_TRIPS_OF_A_TURN = 5
TURNS = 3


@pytest.fixture
def proxy(module_database: DatabaseUrls) -> Iterator[CountingProxy]:
    with CountingProxy(module_database.replies) as proxy:
        yield proxy


@pytest.mark.parametrize("disclose", [False, True], ids=["plain", "with notice"])
def test_a_turn_takes_few_round_trips(assistant: Assistant, proxy: CountingProxy, *, disclose: bool) -> None:
    assistant.talk.configure(disclose=disclose)
    database = Database(proxy.dsn)
    try:
        answering = replier(database, assistant.models)
        costs = [_cost(assistant.talk, answering.answer, proxy, f"question {number}") for number in range(TURNS)]
    finally:
        database.close()
    assert len(assistant.talk.said()) == TURNS
    # On a busy machine the server answers some batches in two parts.
    assert min(costs) <= ROUND_TRIPS_OF_A_TURN, costs


def _cost(talk: Talk, answer: Callable[[UUID], Any], proxy: CountingProxy, text: str) -> int:
    due = talk.hear(text)
    assert due
    before = proxy.asked
    answer(due.turn_id)
    return (proxy.asked - before).round_trips
