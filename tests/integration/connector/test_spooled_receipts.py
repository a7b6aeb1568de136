"""Receipts wait for others in the spool, and for nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from connector.spool.spool import Spool
from tests.integration.connector.test_spool import device_of, spool, stored
from tests.integration.connector.user import wait_for
from tests.integration.store.conftest import Owned, Store, linked, make_session, owned, store, user

__all__ = ["linked", "make_session", "owned", "spool", "store", "user"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, spool: Spool) -> Spool:
    """One whose receipts wait for others as long as they have to."""
    monkeypatch.setattr("connector.spool.spool.GATHER_SECONDS", 3600)
    return spool


def test_receipts_go_with_what_comes_next(store: Store, linked: Owned, patient: Spool) -> None:
    told: list[set[UUID]] = []
    patient.start(told.append)
    for number, kind in enumerate(("Receipt", "Receipt", "Message")):
        patient.append(linked.session_id, device_of(linked.session_id), kind, number.to_bytes(4, "big"))
    wait_for(lambda: told, bool)
    assert (stored(store, linked.session_id), told) == ([0, 1, 2], [{linked.session_id}])


def test_receipts_alone_wait_for_a_moment_or_until_all_is_wanted(store: Store, linked: Owned, patient: Spool) -> None:
    patient.start(lambda _: None)
    patient.append(linked.session_id, device_of(linked.session_id), "Receipt", bytes(4))
    assert patient.pending == 1
    assert patient.flush(30)
    assert stored(store, linked.session_id) == [0]


def test_receipts_alone_come_by_themselves(store: Store, linked: Owned, spool: Spool) -> None:
    told: set[UUID] = set()
    spool.start(told.update)
    spool.append(linked.session_id, device_of(linked.session_id), "Receipt", bytes(4))
    wait_for(lambda: told, bool)
    assert stored(store, linked.session_id) == [0]
