"""One run pushes at a time, and another may when its lease is over."""

from __future__ import annotations

from gateway.store import push_lease
from gateway.store.ids import new_id
from tests.integration.store.conftest import Store


def test_the_lease_has_one_holder(store: Store) -> None:
    one, other = new_id(), new_id()
    with store.functions.transaction() as connection:
        assert push_lease.is_free(connection)
        assert push_lease.take(connection, one, 60)
        assert push_lease.take(connection, one, 60)
        assert not push_lease.take(connection, other, 60)
        assert not push_lease.is_free(connection)
        push_lease.release(connection, other)
        assert not push_lease.is_free(connection)
        push_lease.release(connection, one)
        assert push_lease.take(connection, other, -1)
    with store.functions.transaction() as connection:
        assert push_lease.is_free(connection)
        assert push_lease.take(connection, one, 60)
        push_lease.release(connection, one)
