"""Events that are kept, put back and read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from functions.migrate import operations
from gateway.settings import MigrateSettings
from gateway.store import chats, inbox, incoming, messages, raw_events, rereading
from gateway.store.database import Connection
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from gateway.store.messages import Message
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import BOB, Owned, Store
from tests.integration.store.test_incoming import NOW, TEXT

UNKNOWN = replace(TEXT, message_id="3AUNK", message_type="unknown:hologramMessage", content=None, raw=b"\x00event\xff")
POLL = replace(UNKNOWN, message_type="poll", content="When?", details={"kind": "poll", "question": "When?"})


@pytest.fixture
def admin(module_database: DatabaseUrls) -> Iterator[Connection]:
    with psycopg.connect(module_database.admin, row_factory=dict_row, autocommit=True) as connection:
        yield connection


def put(store: Store, owned: Owned, message: Incoming) -> UUID:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        [stored] = incoming.store(fence, [message])
    assert stored
    return stored


def read_again(store: Store, owned: Owned, message: Incoming) -> bool:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        return rereading.fill_in(fence, message)


def get(store: Store, owned: Owned, id: UUID) -> Message:
    with store.functions.transaction() as connection:
        return messages.get(connection, owned.session_id, id)


def waiting(store: Store, owned: Owned) -> list[bytes]:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        return [event.payload for event in inbox.pop_oldest(fence.connection, fence.session_id, 100)]


def test_only_what_is_unknown_is_put_back_and_once_while_it_waits(
    store: Store, linked: Owned, admin: Connection
) -> None:
    put(store, linked, UNKNOWN)
    put(store, linked, replace(UNKNOWN, message_id="3ADUMB", message_type="unknown", raw=b"two"))
    put(store, linked, replace(POLL, message_id="3AKNOWN", raw=b"three"))
    put(store, linked, replace(UNKNOWN, message_id="3ABARE", raw=b""))
    assert (raw_events.put_back(admin), raw_events.put_back(admin)) == (2, 0)
    assert waiting(store, linked) == [UNKNOWN.raw, b"two"]
    admin.execute("DELETE FROM gateway.raw_events")


def test_what_is_understood_now_is_filled_in_once(store: Store, linked: Owned) -> None:
    id = put(store, linked, UNKNOWN)
    assert not read_again(store, linked, UNKNOWN)
    assert read_again(store, linked, POLL)
    message = get(store, linked, id)
    assert (message.message_type, message.content, message.details) == ("poll", "When?", POLL.details)
    assert not read_again(store, linked, replace(POLL, content="again"))
    assert get(store, linked, id).content == "When?"
    with store.functions.transaction() as connection:
        assert chats.find(connection, linked.session_id, BOB).unread_count == 1


def test_what_was_deleted_meanwhile_stays_so_and_its_event_goes(store: Store, linked: Owned, admin: Connection) -> None:
    id = put(store, linked, UNKNOWN)
    change = replace(
        TEXT, message_type="delete", target_id=UNKNOWN.message_id, timestamp=NOW + timedelta(seconds=1), target_own=True
    )
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert incoming.change(fence, change)
    assert not read_again(store, linked, POLL)
    assert get(store, linked, id).details is None
    assert raw_events.put_back(admin) == 0
    kept = admin.execute("SELECT FROM gateway.raw_events WHERE message_id = %s", [id])
    assert kept.rowcount == 0


def test_operators_of_a_deployment_put_back_by_the_migrate_function(
    store: Store, linked: Owned, module_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", module_database.admin)
    put(store, linked, UNKNOWN)
    assert operations.perform(MigrateSettings(), "rereadMessages", {}) == {"putBack": 1}
    assert waiting(store, linked) == [UNKNOWN.raw]
