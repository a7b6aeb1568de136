"""What came with the history, beside what comes by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.history import QUIET, Chunk, HistoryImport
from gateway.domain.messages import MessageStatus
from gateway.store import chats, events, found_chats, history, incoming, media, messages, receipts
from gateway.store.fence import fenced
from gateway.store.history import PastChat
from gateway.store.incoming import Incoming
from gateway.store.maintenance import stale
from gateway.store.messages import Message
from tests.integration.store.conftest import BOB, Owned, Store, read

NOW = datetime.now(UTC).replace(microsecond=0)
OLD = NOW - timedelta(days=400)
TEXT = Incoming("3A01", BOB, BOB, False, OLD, "text", "long ago")
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
FILE = {"kind": "image", "directPath": "/x", "mediaKey": KEY, "fileSha256": KEY, "fileEncSha256": KEY}


def past(unread: int = 0, active_at: datetime | None = None) -> PastChat:
    return PastChat("Bob Miller", None, unread, active_at, archived=False, pinned=False, muted_until=None)


def import_(store: Store, owned: Owned, *texts: Incoming, unread: int = 0) -> int:
    """Return how many were new."""
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        chat = found_chats.chat_at(fence, BOB, None, "user")
        told = past(unread, NOW)
        history.describe(fence.connection, chat, told)
        stored = history.store(fence, chat, [(text, MessageStatus.READ) for text in texts])
        history.mark_unread(fence.connection, chat, told)
    return stored


def deliver(store: Store, owned: Owned, message: Incoming) -> UUID | None:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        [stored] = incoming.store(fence, [message])
        return stored or history.came_by_itself(fence, message)


def all_messages(store: Store, owned: Owned) -> list[Message]:
    with store.functions.transaction() as connection:
        [chat] = chats.page(connection, owned.session_id, search=None, before=None, limit=10)
        found = messages.page(connection, owned.session_id, chat_id=chat.id, before=None, limit=100)
    return sorted(found, key=lambda message: message.timestamp, reverse=True)


def types(store: Store, owned: Owned) -> list[str]:
    with store.functions.transaction() as connection:
        logged = events.after(connection, owned.session_id, 0, 1000)
    return [event.type for event in logged if event.type.startswith(("message", "chat", "history"))]


def unread_of(store: Store, owned: Owned) -> int:
    with store.functions.transaction() as connection:
        [chat] = chats.page(connection, owned.session_id, search=None, before=None, limit=10)
    return chat.unread_count


def numbered(*numbers: int) -> list[Incoming]:
    return [replace(TEXT, message_id=f"3A{n}", timestamp=OLD + timedelta(hours=n), content=str(n)) for n in numbers]


def test_it_is_stored_once_without_events_and_is_not_new(store: Store, linked: Owned) -> None:
    assert import_(store, linked, TEXT) == 1
    assert import_(store, linked, TEXT) == 0
    [message] = all_messages(store, linked)
    assert (message.origin, message.status, message.timestamp, message.chat_name) == (
        "history",
        "read",
        OLD,
        "Bob Miller",
    )
    assert (types(store, linked), unread_of(store, linked)) == ([], 0)


@pytest.mark.parametrize("numbers", [(1, 2, 3), (3, 2, 1)])
def test_its_ids_are_as_old_as_its_messages(store: Store, linked: Owned, numbers: tuple[int, ...]) -> None:

    live = deliver(store, linked, replace(TEXT, message_id="3AL", timestamp=NOW))
    import_(store, linked, *numbered(*numbers))
    import_(store, linked, *numbered(*numbers))
    by_id = sorted(all_messages(store, linked), key=lambda message: message.id)
    assert by_id[-1].id == live
    assert len(by_id) == 4
    assert [message.timestamp for message in by_id] == sorted(message.timestamp for message in by_id)


def test_the_newest_are_unread_as_many_as_the_phone_counts(store: Store, linked: Owned) -> None:
    import_(store, linked, *numbered(3, 4, 5), unread=2)
    assert unread_of(store, linked) == 2
    import_(store, linked, *numbered(1, 2), unread=2)
    received = [message.content for message in all_messages(store, linked) if message.status == "received"]
    assert (received, unread_of(store, linked)) == (["5", "4"], 2)


def test_what_was_read_since_stays_read(store: Store, linked: Owned) -> None:
    import_(store, linked, *numbered(3, 4, 5), unread=2)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chat = found_chats.chat_at(fence, BOB, None, "user")
        receipts.mark_read_by_us(fence, chat, ["3A5"], NOW)
    import_(store, linked, *numbered(1, 2), unread=2)
    assert unread_of(store, linked) == 0


def test_what_came_by_itself_is_left_as_it_is(store: Store, linked: Owned) -> None:
    live = replace(TEXT, timestamp=NOW, content="live")
    deliver(store, linked, live)
    assert import_(store, linked, replace(live, content="history"), *numbered(1), unread=1) == 1
    newest, oldest = all_messages(store, linked)
    assert (newest.content, newest.origin, oldest.origin) == ("live", "contact", "history")
    assert unread_of(store, linked) == 1


def test_what_comes_by_itself_afterwards_is_new(store: Store, linked: Owned) -> None:
    import_(store, linked, replace(TEXT, message_type="image", media=FILE))
    [before] = all_messages(store, linked)
    assert deliver(store, linked, TEXT) == before.id
    assert deliver(store, linked, TEXT) is None
    [message] = all_messages(store, linked)
    assert (message.origin, message.status) == ("contact", "received")
    assert (types(store, linked), unread_of(store, linked)) == (["message.received"], 1)
    assert [file["status"] for file in message.files or []] == ["pending"]


def test_a_file_is_fetched_once_it_is_asked_for(store: Store, linked: Owned) -> None:
    import_(store, linked, replace(TEXT, message_type="image", media=FILE))
    [message] = all_messages(store, linked)
    [file] = message.files or []
    assert file["status"] == "on_demand"
    with store.functions.transaction() as connection:
        assert UUID(file["id"]) not in media.overdue(connection, -60, 1000)
        assert media.demand(connection, [UUID(file["id"])]) == [UUID(file["id"])]
        assert media.demand(connection, [UUID(file["id"])]) == []


def test_a_change_that_waited_for_a_message_of_the_history_is_applied(store: Store, linked: Owned) -> None:
    deliver(store, linked, Incoming("3AE", BOB, BOB, False, NOW, "edit", "better", target_id="3A01", target_own=True))
    import_(store, linked, TEXT)
    [message] = [each for each in all_messages(store, linked) if each.message_id == "3A01"]
    assert (message.content, message.edited_at is not None) == ("better", True)


def test_an_import_of_which_nothing_more_comes_ends(store: Store, linked: Owned) -> None:
    begun = HistoryImport().advanced(5, [Chunk(3, 1, 40)], NOW - 2 * QUIET)
    fresh = HistoryImport().advanced(5, [Chunk(3, 1, 40)], datetime.now(UTC))
    for note, ended in ((fresh, 0), (begun, 1)):
        with fenced(store.connector, linked.session_id, linked.epoch) as fence:
            fence.note_history(note.document())
        with store.connector.transaction() as connection:
            found = stale.quiet_imports(connection, 1000)
            assert (linked.session_id in found) is bool(ended)
            assert stale.finish_import(connection, linked.session_id) == ended
    done = HistoryImport.of(read(store, linked).history_import)
    assert (done.complete, done.percent, done.finished_at is not None) == (False, 40, True)
    assert types(store, linked) == ["history.imported"]
