from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.access import Reach
from gateway.domain.errors import ForbiddenMove, IdempotencyConflict, LeaseLost, NotFound
from gateway.domain.sessions import Reason, SessionState
from gateway.store import desired_state, events, leases, sessions
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.sessions import Session
from tests.integration.store.conftest import SHARDS, Owned, Store, read


def test_a_replayed_creation_returns_the_same_row(store: Store, user: UUID) -> None:
    with store.functions.transaction() as connection:
        first = sessions.create(connection, user, "A", SHARDS, idempotency_key="k", fingerprint=b"1")
        assert sessions.create(connection, user, "A", SHARDS, idempotency_key="k", fingerprint=b"1") == first
        with pytest.raises(IdempotencyConflict):
            sessions.create(connection, user, "B", SHARDS, idempotency_key="k", fingerprint=b"2")


def test_anothers_session_is_not_found(store: Store, make_session: Callable[[], Session]) -> None:
    session = make_session()
    with store.functions.transaction() as connection:
        with pytest.raises(NotFound):
            sessions.get(connection, Reach(new_id()), session.id)
        with pytest.raises(NotFound):
            desired_state.request_connect(connection, Reach(new_id()), session.id)


def test_connect_moves_once_and_wakes_the_owner(store: Store, owned: Owned) -> None:
    assert read(store, owned).state is SessionState.CONNECTING
    with store.functions.transaction() as connection:
        desired_state.request_connect(connection, Reach(owned.user), owned.session_id)
        states = events.after(connection, owned.session_id, 0, 10)
    assert [event.data for event in states] == [{"status": "connecting"}]


def test_who_reads_the_status_is_noted_by_the_clock_of_the_database(store: Store, owned: Owned) -> None:
    def note(later: timedelta) -> Session:
        session = read(store, owned)
        with store.functions.transaction() as connection:
            desired_state.note_status_read(connection, replace(session, as_of=session.as_of + later))
        return read(store, owned)

    first = note(timedelta(0)).status_read_at
    assert first is not None
    assert note(timedelta(seconds=20)).status_read_at == first
    assert note(timedelta(seconds=31)).status_read_at != first


def test_a_qr_is_shown_and_gone_when_its_state_is_over(store: Store, owned: Owned) -> None:
    until = datetime.now(UTC) + timedelta(seconds=60)
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        fence.move(SessionState.QR_PENDING)
        fence.show_qr("https://example", until, b"key")
    assert read(store, owned).qr_code == "https://example"
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        fence.move(SessionState.CONNECTING)
        assert fence.count_qr_set() == 1
    assert read(store, owned).qr_code is None


def test_a_move_that_is_not_in_the_table_changes_nothing(store: Store, linked: Owned) -> None:
    with pytest.raises(ForbiddenMove), fenced(store.connector, linked.session_id, linked.epoch) as fence:
        fence.move(SessionState.QR_PENDING)
    assert read(store, linked).state is SessionState.CONNECTED


def test_times_and_reasons_of_a_connection(store: Store, linked: Owned) -> None:
    assert read(store, linked).last_connected_at
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        fence.move(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN, expires_at=datetime.now(UTC))
        fence.give_up_connection()
    session = read(store, linked)
    assert session.last_disconnected_at
    assert not session.wanted
    assert session.presented.reason is Reason.TEMPORARY_BAN


def test_a_newer_epoch_fences_the_older_one(store: Store, linked: Owned) -> None:
    with store.connector.transaction() as connection:
        assert leases.release(connection, linked.worker, linked.lease)
        successor = leases.acquire(connection, linked.shard, "other", 60)
    assert successor
    assert successor.epoch == linked.epoch + 1
    with pytest.raises(LeaseLost), fenced(store.connector, linked.session_id, linked.epoch):
        pass
    with fenced(store.connector, linked.session_id, successor.epoch) as fence:
        assert fence.session.epoch == successor.epoch


def test_deletion_hides_at_once_and_leaves_the_owner_its_work(store: Store, linked: Owned) -> None:
    with store.functions.transaction() as connection:
        sessions.delete(connection, Reach(linked.user), linked.session_id)
        with pytest.raises(NotFound):
            sessions.get(connection, Reach(linked.user), linked.session_id)
    with store.connector.transaction() as connection:
        [left] = leases.sessions_of(connection, linked.worker, linked.lease, linked.session_id)
    assert not left.is_active
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        fence.unlink()
        fence.move(SessionState.LOGGED_OUT)
    with store.connector.transaction() as connection:
        assert leases.sessions_of(connection, linked.worker, linked.lease, linked.session_id) == []


def test_pages_are_newest_first_and_complete(store: Store, user: UUID, make_session: Callable[[], Session]) -> None:
    made = [make_session().id for _ in range(5)]
    with store.functions.transaction() as connection:
        first = sessions.page(connection, Reach(user), None, 3)
        rest = sessions.page(connection, Reach(user), first[-1].id, 3)
    assert [session.id for session in [*first, *rest]] == made[::-1]
