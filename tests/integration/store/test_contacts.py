"""Contacts in the store: names, addresses that prove to be one person's, many at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.domain.contacts import Names, PictureState
from gateway.domain.errors import RateLimited
from gateway.domain.phone import Address
from gateway.store import chats, contacts, numbers, pictures
from gateway.store.contacts import Entry
from gateway.store.fence import Fence, fenced
from gateway.store.pictures import FoundPicture
from tests.integration.store.conftest import BOB, Owned, Store

BY_LID, BY_NUMBER = Address(lid=BOB.lid), Address(phone_number=BOB.phone_number)


def told(fence: Fence) -> list[tuple[str, object]]:
    rows = fence.connection.execute(
        "SELECT type, data FROM gateway.events WHERE session_id = %s AND type LIKE 'contact%%' ORDER BY seq",
        [fence.session_id],
    ).fetchall()
    return [(row["type"], row["data"].get("name") or row["data"].get("count")) for row in rows]


def updates(fence: Fence) -> list[dict[str, object]]:
    rows = fence.connection.execute(
        "SELECT data FROM gateway.events WHERE session_id = %s AND type = 'contact.updated' ORDER BY seq",
        [fence.session_id],
    )
    return [row["data"] for row in rows]


def test_the_address_book_shows_that_two_chats_are_with_one_person(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        for address, name in ((BY_LID, "Bobby"), (BY_NUMBER, None)):
            chats.with_person(fence.connection, fence.session_id, address, name)
        contacts.take_in(fence, [Entry(BOB, Names("Bob")), Entry(BY_LID, Names("Bob"))])
        chat = chats.find(fence.connection, fence.session_id, BOB)
        assert (chat.lid, chat.phone_number) == (BOB.lid, BOB.phone_number)
        assert (chat.name, chat.names) == ("Bob", Names("Bob", push="Bobby"))
        assert chats.find(fence.connection, fence.session_id, BY_NUMBER).id == chat.id
        assert told(fence) == [("contact.updated", "Bob")]


def test_a_name_without_a_better_one_is_that_of_before(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chat = chats.with_person(fence.connection, fence.session_id, BOB, "Bobby")
        assert chats.rename(fence.connection, chat, Names()) == chat
        contacts.take_in(fence, [Entry(BOB, Names("Bob", "Bob's Bikes"))])
        again = chats.with_person(fence.connection, fence.session_id, BOB, "Robert")
        assert (again.name, again.names) == ("Bob", Names("Bob", "Bob's Bikes", "Robert"))
        assert told(fence) == [("contact.updated", "Bob")]


def test_many_contacts_are_told_of_by_one_event(store: Store, linked: Owned) -> None:
    book = [Entry(Address(phone_number=f"+1555100{place:04}"), Names(f"C{place}")) for place in range(60)]
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        contacts.take_in(fence, book)
        contacts.take_in(fence, book)
        assert told(fence) == [("contacts.imported", 60)]
        assert chats.page(fence.connection, fence.session_id, search="C1", before=None, limit=9) == []


def test_who_is_not_blocked_any_more_is_recorded(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chat = chats.with_person(fence.connection, fence.session_id, BOB)
        for people, blocked in (([BY_LID], True), ([BY_NUMBER], True), ([], False)):
            contacts.record_lists(fence, people)
            assert chats.get(fence.connection, fence.session_id, chat.id).blocked is blocked


def test_that_somebody_is_blocked_is_told_once(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chat = chats.with_person(fence.connection, fence.session_id, BOB)
        for _ in range(2):
            contacts.set_blocked(fence, chat.id, blocked=True)
        for _ in range(2):
            contacts.record_lists(fence, [])
        one = {"chatId": str(chat.id), "jid": BOB.lid}
        assert updates(fence) == [{**one, "blocked": True}, {**one, "blocked": False}]


def test_another_picture_is_told_of_once_and_the_first_is_no_news(store: Store, linked: Owned) -> None:
    found = [FoundPicture(PictureState.NOT_SET), FoundPicture(PictureState.SET, "1", {"url": "https://example.com/1"})]
    known, hidden = FoundPicture(PictureState.SET, "1"), FoundPicture(PictureState.HIDDEN)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chat = chats.with_person(fence.connection, fence.session_id, BOB)
        for picture, events in zip([*found, known, hidden, hidden], (0, 1, 1, 2, 2), strict=True):
            pictures.record(fence, chat.id, picture, datetime.now(UTC))
            assert [data["newPicture"] for data in updates(fence)] == [True] * events


def test_numbers_of_a_day_are_counted(store: Store, linked: Owned) -> None:
    with store.functions.transaction() as connection:
        numbers.spend(connection, linked.session_id, 3, 5)
    for count in (3, 6):
        with store.functions.transaction() as connection, pytest.raises(RateLimited) as refused:
            numbers.spend(connection, linked.session_id, count, 5)
        assert 0 < refused.value.retry_after <= 86_400
    with store.functions.transaction() as connection:
        numbers.spend(connection, linked.session_id, 2, 5)
