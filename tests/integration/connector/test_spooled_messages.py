"""What follows in the spool is carried over together: a statement for each would take most of a worker's time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from connector.spool.spool import Spool
from gateway.store.database import Database
from infra.local.database import DatabaseUrls
from tests.integration.connector.test_spool import device_of, stored
from tests.integration.connector.user import wait_for
from tests.integration.store.conftest import Owned, Store, linked, make_session, owned, store, user
from tests.round_trips import CountingProxy

__all__ = ["linked", "make_session", "owned", "store", "user"]

MEGABYTE = 1 << 20


@pytest.fixture
def proxy(module_database: DatabaseUrls) -> Iterator[CountingProxy]:
    with CountingProxy(module_database.connector) as proxy:
        yield proxy


@pytest.fixture
def resting(monkeypatch: pytest.MonkeyPatch, proxy: CountingProxy, tmp_path: Path) -> Iterator[Spool]:
    """A spool whose thread rests, after what it has carried over, until it is to hurry."""
    monkeypatch.setattr("connector.spool.spool.REST_SECONDS", 3600)
    monkeypatch.setattr("connector.spool.spool.LONGEST_REST_SECONDS", 3600)
    database = Database(proxy.dsn)
    spool = Spool(tmp_path / "spool", uuid4().hex, database, MEGABYTE)
    yield spool
    assert spool.close(30)
    database.close()


def append(spool: Spool, session_id: UUID, *numbers: int) -> None:
    for number in numbers:
        spool.append(session_id, device_of(session_id), "Message", number.to_bytes(4, "big"))


def test_what_follows_is_one_statement(store: Store, linked: Owned, resting: Spool, proxy: CountingProxy) -> None:
    told: list[set[UUID]] = []
    resting.start(told.append)
    append(resting, linked.session_id, 0)
    wait_for(lambda: told, bool)
    before = proxy.asked
    append(resting, linked.session_id, *range(1, 200))
    assert resting.pending == 199
    assert resting.flush(30)
    assert (proxy.asked - before).statements == 1
    assert told == [{linked.session_id}] * 2
    assert stored(store, linked.session_id) == list(range(200))


def test_whoever_waits_until_the_inbox_has_it_ends_the_rest(store: Store, linked: Owned, resting: Spool) -> None:
    """Where the file takes nothing more, a call waits for the database; what is in the file goes before."""
    resting._limit = 1
    told: list[set[UUID]] = []
    resting.start(told.append)
    append(resting, linked.session_id, 0)
    wait_for(lambda: told, bool)
    append(resting, linked.session_id, 1, 2)
    assert resting.pending == 0
    assert stored(store, linked.session_id) == [0, 1, 2]
