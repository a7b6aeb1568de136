from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from gateway.domain.events import EventType
from gateway.domain.phone import Address
from gateway.store import chats, events, inbox, incoming, losses, messages, placeholders, receipts, spools, unread
from gateway.store.chats import Chat
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from gateway.store.losses import DeliveredMessage
from gateway.store.messages import Message
from gateway.store.spools import SpooledEvent
from tests.integration.store.conftest import BOB, Owned, Store

NOW = datetime.now(UTC).replace(microsecond=0)
TEXT = Incoming("3A01", BOB, BOB, False, NOW, "text", "hello", push_name="Bob")
DELETION = Incoming("d", BOB, BOB, False, NOW, "delete", target_id="3A01", target_own=True)


def store_one(store: Store, owned: Owned, message: Incoming) -> UUID | None:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        [stored] = incoming.store(fence, [message])
    return stored


def all_messages(store: Store, owned: Owned) -> list[Message]:
    with store.functions.transaction() as connection:
        return messages.page(connection, owned.session_id, chat_id=None, before=None, limit=100)


def all_chats(store: Store, owned: Owned, search: str | None = None) -> list[Chat]:
    with store.functions.transaction() as connection:
        return chats.page(connection, owned.session_id, search=search, before=None, limit=100)


def test_a_repeated_delivery_changes_nothing(store: Store, linked: Owned) -> None:
    assert store_one(store, linked, TEXT)
    assert store_one(store, linked, TEXT) is None
    [message] = all_messages(store, linked)
    assert (message.content, message.status, message.origin, message.push_name) == (
        "hello",
        "received",
        "contact",
        "Bob",
    )
    [chat] = all_chats(store, linked)
    assert (chat.unread_count, chat.name, chat.last_message_id) == (1, "Bob", message.id)


def test_both_addresses_are_one_chat(store: Store, linked: Owned) -> None:
    by_phone = Address(phone_number=BOB.phone_number)
    store_one(store, linked, replace(TEXT, message_id="a", chat=by_phone, sender=by_phone))
    store_one(store, linked, replace(TEXT, message_id="b", chat=Address(lid=BOB.lid), sender=Address(lid=BOB.lid)))
    assert len(all_chats(store, linked)) == 2
    store_one(store, linked, replace(TEXT, message_id="c"))
    [chat] = all_chats(store, linked)
    assert (chat.lid, chat.phone_number, chat.unread_count) == (BOB.lid, BOB.phone_number, 3)
    assert {message.remote_jid for message in all_messages(store, linked)} == {BOB.lid}


def test_a_message_delivered_by_both_addresses_is_one(store: Store, linked: Owned) -> None:
    by_phone = Address(phone_number=BOB.phone_number)
    store_one(store, linked, replace(TEXT, chat=by_phone, sender=by_phone))
    store_one(store, linked, replace(TEXT, chat=Address(lid=BOB.lid)))
    store_one(store, linked, replace(TEXT, message_id="later"))
    assert [message.message_id for message in all_messages(store, linked)] == ["later", "3A01"]


def test_an_own_message_from_the_phone_is_not_unread(store: Store, linked: Owned) -> None:
    store_one(store, linked, replace(TEXT, from_me=True, push_name="Me"))
    [message] = all_messages(store, linked)
    assert (message.from_me, message.status, message.origin) == (True, "sent", "phone")
    [chat] = all_chats(store, linked)
    assert (chat.unread_count, chat.name) == (0, None)


def test_edits_apply_once_and_only_forward(store: Store, linked: Owned) -> None:
    store_one(store, linked, TEXT)
    edit = replace(TEXT, message_id="e1", message_type="edit", content="hello!", target_id="3A01", target_own=True)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert incoming.change(fence, replace(edit, timestamp=NOW + timedelta(seconds=2)))
        assert incoming.change(fence, replace(edit, content="older", timestamp=NOW + timedelta(seconds=1)))
        assert not incoming.change(fence, replace(edit, target_id="unknown"))
    [message] = all_messages(store, linked)
    assert (message.content, message.edited_at) == ("hello!", NOW + timedelta(seconds=2))


def test_a_change_that_comes_too_late_is_not_reported_as_lost(store: Store, linked: Owned) -> None:
    photo = replace(TEXT, message_id="photo", message_type="image", media={"directPath": "/v/x"})
    edit = replace(TEXT, message_type="edit", content="hello!", target_id="3A01", target_own=True)
    better = replace(photo, target_id="photo", target_own=True, replaces=True)
    too_late = [
        replace(edit, message_id="older edit", timestamp=NOW + timedelta(seconds=1)),
        replace(DELETION, message_id="second deletion"),
        replace(edit, message_id="edit of what was deleted", timestamp=NOW + timedelta(seconds=9)),
        replace(better, message_id="the same copy"),
    ]
    store_one(store, linked, TEXT)
    store_one(store, linked, photo)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        incoming.change(fence, replace(edit, message_id="newest edit", timestamp=NOW + timedelta(seconds=2)))
        incoming.change(fence, too_late[0])
        incoming.change(fence, replace(DELETION, message_id="deletion"))
        for message in too_late[1:]:
            assert incoming.change(fence, message)
        delivered = [DeliveredMessage(each.message_id, "chat", "sender") for each in too_late]
        assert losses.report(fence, delivered) == 0
        assert losses.report(fence, [DeliveredMessage("never came", "chat", "sender")]) == 1


def test_a_deletion_empties_and_keeps_the_row(store: Store, linked: Owned) -> None:
    store_one(store, linked, replace(TEXT, message_type="image", media={"directPath": "/v/x"}))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert incoming.change(fence, DELETION)
        assert incoming.change(fence, DELETION)
    [message] = all_messages(store, linked)
    assert message.deleted_at
    assert message.content is None
    assert message.media is None
    with store.functions.transaction() as connection:
        types = [event.type for event in events.after(connection, linked.session_id, 0, 100)]
    assert types.count("message.deleted") == 1


def test_what_could_not_be_decrypted_is_replaced_when_it_comes_again(store: Store, linked: Owned) -> None:
    store_one(store, linked, replace(TEXT, message_type="undecryptable", content=None))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert placeholders.fill_in(fence, TEXT)
        assert not placeholders.fill_in(fence, TEXT)
    [message] = all_messages(store, linked)
    assert (message.message_type, message.content) == ("text", "hello")


def test_reading_updates_the_unread_count(store: Store, linked: Owned) -> None:
    for number in range(3):
        store_one(store, linked, replace(TEXT, message_id=f"m{number}"))
    [chat] = all_chats(store, linked)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        receipts.mark_read_by_us(fence, chat, ["m0", "m1"], NOW)
        assert [message.message_id for message in unread.of_chat(fence.connection, chat.id)] == ["m2"]
    [chat] = all_chats(store, linked)
    assert chat.unread_count == 1


def test_search_finds_names_and_numbers_and_no_wildcards(store: Store, linked: Owned) -> None:
    store_one(store, linked, TEXT)
    carol = Address("100000000000003@lid", "+15550003003")
    store_one(store, linked, replace(TEXT, message_id="c", chat=carol, sender=carol, push_name="100% Carol"))
    assert [chat.name for chat in all_chats(store, linked)] == ["100% Carol", "Bob"]
    assert [chat.name for chat in all_chats(store, linked, "bob")] == ["Bob"]
    assert [chat.name for chat in all_chats(store, linked, "3003")] == ["100% Carol"]
    assert [chat.name for chat in all_chats(store, linked, "%")] == ["100% Carol"]


def test_a_group_is_a_chat_of_its_own(store: Store, linked: Owned) -> None:
    store_one(store, linked, replace(TEXT, group_jid="1203630@g.us", chat_kind="group"))
    [chat] = all_chats(store, linked)
    assert (chat.kind, chat.remote_jid, chat.phone_number) == ("group", "1203630@g.us", None)


def received(store: Store, session_id: UUID, payload: bytes) -> None:
    """Put an event into the inbox of a session, by a spool of its own."""
    event = SpooledEvent(1, session_id, f"{session_id}:1@s.whatsapp.net", "Message", payload)
    spools.carry(store.connector, uuid4().hex, [event])


def test_the_inbox_keeps_order_until_processed(store: Store, linked: Owned) -> None:
    for number in range(4):
        received(store, linked.session_id, bytes([number]))
    with store.connector.transaction() as connection:
        taken = inbox.pop_oldest(connection, linked.session_id, 2).fetchall()
        assert [received.payload for received in taken] == [b"\0", b"\1"]
        trial = inbox.begin_trial(connection, linked.session_id)
        assert trial
        assert inbox.begin_trial(connection, linked.session_id) == replace(trial, attempts=2)
        aside = inbox.set_aside(connection, trial.id, "DecodeError")
        assert aside
        assert (aside.kind, aside.payload) == ("Message", b"\2")
        assert inbox.set_aside(connection, trial.id, "DecodeError") is None
        assert inbox.pop(connection, linked.session_id, trial.id).fetchall() == []
        assert [received.payload for received in inbox.pop_oldest(connection, linked.session_id, 9).fetchall()] == [
            b"\3"
        ]
        assert inbox.begin_trial(connection, linked.session_id) is None


def test_what_was_set_aside_goes_back_in_its_order(
    store: Store, linked: Owned, make_linked: Callable[[], Owned]
) -> None:
    other = make_linked()
    for session_id in (linked.session_id, other.session_id, linked.session_id):
        received(store, session_id, b"")
    with store.connector.transaction() as connection:
        events = [inbox.begin_trial(connection, owner.session_id) for owner in (linked, other)]
        for trial in events:
            assert trial
            assert inbox.set_aside(connection, trial.id, "ValueError")
        [shown] = inbox.list_set_aside(connection, linked.session_id, 9)
        assert (shown.kind, shown.error, shown.attempts) == ("Message", "ValueError", 1)
        assert inbox.retry(connection, linked.session_id) == [linked.session_id]
        taken = inbox.pop_oldest(connection, linked.session_id, 9).fetchall()
        assert [received.id for received in taken][:1] == [shown.id]
        assert len(taken) == 2
        assert inbox.pop_oldest(connection, other.session_id, 9).fetchall() == []
        assert other.session_id in inbox.retry(connection, None)


def test_messages_that_come_together_are_stored_in_their_order(store: Store, linked: Owned) -> None:
    carol = Address("222@lid", "+31612345679")
    reaction = replace(TEXT, message_id="c", message_type="reaction", target_id="a")
    together = [
        replace(TEXT, message_id="a"),
        replace(TEXT, message_id="b", chat=carol, sender=carol, push_name="Carol"),
        replace(TEXT, message_id="a"),
        reaction,
        replace(TEXT, message_id="d", from_me=True, content=None),
    ]
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        fence.emit(EventType.SESSION_QR, {"pairingCode": True})
        before = events.after(fence.connection, linked.session_id, 0, 99)[-1].seq
        stored = incoming.store(fence, together)
        assert incoming.store(fence, []) == []
        added = events.after(fence.connection, linked.session_id, before, 99)
    assert [id is not None for id in stored] == [True, True, False, True, True]
    assert [message.message_id for message in all_messages(store, linked)] == ["d", "c", "b", "a"]
    assert [(event.seq - before, event.data["messageId"]) for event in added] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
        (4, "d"),
    ]
    assert [event.type for event in added if event.data["messageId"] == "c"] == ["message.reaction"]
    bob, other = sorted(all_chats(store, linked), key=lambda chat: chat.name or "")
    assert (bob.unread_count, bob.last_message_id) == (1, stored[4])
    assert (other.unread_count, other.last_message_id) == (1, stored[1])


def test_chats_that_prove_to_be_one_while_they_are_stored(store: Store, linked: Owned) -> None:
    by_phone, by_lid = Address(phone_number=BOB.phone_number), Address(lid=BOB.lid)
    together = [replace(TEXT, message_id=str(n), chat=chat) for n, chat in enumerate([by_phone, by_lid, BOB, by_lid])]
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert all(incoming.store(fence, together))
    [chat] = all_chats(store, linked)
    assert chat.unread_count == 4
    assert {message.remote_jid for message in all_messages(store, linked)} == {BOB.lid}
