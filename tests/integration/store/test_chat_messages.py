"""A chat is in the order of WhatsApp's time, and no page of it skips or repeats anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from gateway.domain.messages import MessageStatus
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.store import chat_messages, chats, incoming, messages, outgoing, unread
from gateway.store.chat_messages import Place
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from gateway.store.message_filter import MessageFilter
from gateway.store.messages import Message
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import BOB, Owned, Store
from tests.integration.store.test_outgoing import get, queue

NOW = datetime.now(UTC).replace(microsecond=0)
EVE = Address("100000000000003@lid", "+15550002003")


def hear(store: Store, owned: Owned, text: str, second: int, sender: Address = BOB) -> UUID:
    """Store a message that WhatsApp says was written in this second from now."""
    at = datetime.now(UTC) + timedelta(seconds=second)
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        [stored] = incoming.store(fence, [Incoming(text, sender, sender, False, at, "text", text)])
    assert stored
    return stored


def send(store: Store, owned: Owned, message: Message, second: int, now: datetime | None = None) -> None:
    """WhatsApp takes a queued message in this second from `now`."""
    at = ((now or datetime.now(UTC)) + timedelta(seconds=second)).replace(microsecond=0)
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        outgoing.mark_sending(fence, message.id)
        outgoing.mark_sent(fence, message.id, f"3EB0{message.id}", BOB, at)


def chat_with(store: Store, owned: Owned, contact: Address = BOB) -> Chat:
    with store.functions.transaction() as connection:
        return chats.find(connection, owned.session_id, contact)


def nothing() -> None:
    """Happens between two pages."""


def pages(
    store: Store, owned: Owned, limit: int, between: Callable[[], object] = nothing, only: MessageFilter | None = None
) -> Iterator[list[str | None]]:
    """Yield the texts of each page; `between` happens after the first."""
    chat, only = chat_with(store, owned), only or MessageFilter()
    with store.functions.transaction() as connection:
        found, begun = chat_messages.newest(connection, chat, only=only, limit=limit)
    yield [message.content for message in found]
    between()
    while found:
        last: Place = chat_messages.place_of(found[-1], begun)
        with store.functions.transaction() as connection:
            found = chat_messages.before(connection, chat, last, only=only, limit=limit)
        if found:
            yield [message.content for message in found]


def texts(store: Store, owned: Owned) -> list[str | None]:
    [page] = pages(store, owned, 100)
    return page


def test_what_is_stored_late_stands_where_it_was_written(store: Store, linked: Owned) -> None:
    for text, second in [("first", -60), ("third", -40), ("second", -50)]:
        hear(store, linked, text, second)
    assert texts(store, linked) == ["third", "second", "first"]
    assert list(pages(store, linked, 1)) == [["third"], ["second"], ["first"]]


def test_within_a_second_the_order_is_that_of_storing(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        said = [Incoming(text, BOB, BOB, False, NOW, "text", text) for text in ("one", "two", "three")]
        incoming.store(fence, said)
    assert list(pages(store, linked, 2)) == [["three", "two"], ["one"]]


def test_the_last_message_of_a_chat_is_the_last_that_was_written(store: Store, linked: Owned) -> None:
    newest = hear(store, linked, "newest", -10)
    hear(store, linked, "late", -50)
    assert chat_with(store, linked).last_message_id == newest
    hear(store, linked, "of another", -20, EVE)
    with store.functions.transaction() as connection:
        found = chats.page(connection, linked.session_id, search=None, before=None, limit=9)
        assert [chat.phone_number for chat in found] == [BOB.phone_number, EVE.phone_number]
        waiting = unread.of_chat(connection, found[0].id)
    assert [message.message_id for message in waiting] == ["late", "newest"]


def test_chats_of_one_second_are_in_the_order_of_storing_and_paged_through(store: Store, linked: Owned) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        said = [(BOB, "one"), (EVE, "two"), (BOB, "three")]
        ids = incoming.store(fence, [Incoming(text, by, by, False, NOW, "text", text) for by, text in said])
    with store.functions.transaction() as connection:
        [first] = chats.page(connection, linked.session_id, search=None, before=None, limit=1)
        assert first.last_message_at and first.last_message_id and first.last_message_id == ids[2]
        before = (first.last_message_at, first.last_message_id)
        [second] = chats.page(connection, linked.session_id, search=None, before=before, limit=9)
    assert second.phone_number == EVE.phone_number


def test_a_send_has_whatsapps_time_once_that_is_known(store: Store, linked: Owned) -> None:
    waiting = queue(store, linked, Draft(BOB, Text("ours")))
    answer = hear(store, linked, "theirs", 20)
    assert chat_with(store, linked).last_message_id == answer
    send(store, linked, waiting, 40)
    sent = get(store, linked, waiting.id)
    assert (sent.timestamp, sent.status) == (sent.sent_at, MessageStatus.SENT)
    assert texts(store, linked) == ["ours", "theirs"]
    chat = chat_with(store, linked)
    assert (chat.last_message_id, chat.last_message_at) == (waiting.id, sent.timestamp)


def test_by_whatsapps_clock_a_send_may_have_been_before_what_it_answers(store: Store, linked: Owned) -> None:
    theirs = hear(store, linked, "theirs", -5)
    ours = queue(store, linked, Draft(BOB, Text("ours")))
    assert chat_with(store, linked).last_message_id == ours.id
    send(store, linked, ours, -30)
    assert texts(store, linked) == ["theirs", "ours"]
    assert chat_with(store, linked).last_message_id == theirs


def test_a_send_that_moves_while_somebody_reads_is_neither_skipped_nor_repeated(store: Store, linked: Owned) -> None:
    hear(store, linked, "old", -60)
    queued = [queue(store, linked, Draft(BOB, Text(f"ours {number}"))) for number in range(3)]
    for second in (20, 30):
        hear(store, linked, f"theirs {second}", second)

    def move() -> None:
        now = datetime.now(UTC)
        for message in queued[::-1]:
            send(store, linked, message, 50, now)

    read = list(pages(store, linked, 2, move))
    assert read == [["theirs 30", "theirs 20"], ["ours 2", "ours 1"], ["ours 0", "old"]]
    assert texts(store, linked) == ["ours 2", "ours 1", "ours 0", "theirs 30", "theirs 20", "old"]


def test_what_was_read_before_it_moved_is_not_read_again(store: Store, linked: Owned) -> None:
    hear(store, linked, "old", -60)
    waiting = queue(store, linked, Draft(BOB, Text("ours")))
    read = list(pages(store, linked, 1, lambda: send(store, linked, waiting, 50)))
    assert read == [["ours"], ["old"]]


def test_filters_hold_for_what_moves_too(store: Store, linked: Owned) -> None:
    hear(store, linked, "old", -60)
    waiting = queue(store, linked, Draft(BOB, Text("ours")))
    hear(store, linked, "theirs", 20)
    only = MessageFilter(from_me=False)
    assert list(pages(store, linked, 1, lambda: send(store, linked, waiting, 50), only)) == [["theirs"], ["old"]]


def test_what_is_sent_again_much_later_is_found_by_its_new_time(
    store: Store, linked: Owned, module_database: DatabaseUrls
) -> None:
    message = queue(store, linked, Draft(BOB, Text("again")))
    old = UUID(int=message.id.int - (3 * 86_400_000 << 80))
    with psycopg.connect(module_database.admin) as admin:
        admin.execute(
            "UPDATE gateway.whatsapp_explorer_messages SET id = %s, created_at = now() - interval '3 days',"
            " earlier_attempts = '[]' WHERE id = %s",
            [old, message.id],
        )
    send(store, linked, replace(message, id=old), 5)
    with store.functions.transaction() as connection:
        only = MessageFilter(since=NOW - timedelta(hours=1))
        found = messages.page(connection, linked.session_id, chat_id=None, only=only, before=None, limit=9)
    assert [each.content for each in found] == ["again"]


def test_a_page_of_a_chat_reads_little_of_a_long_one(
    store: Store, linked: Owned, module_database: DatabaseUrls
) -> None:
    hear(store, linked, "first", -60)
    chat = chat_with(store, linked)
    with psycopg.connect(module_database.admin) as admin:
        admin.execute(
            """
            INSERT INTO gateway.whatsapp_explorer_messages (id, session_id, chat_id, message_id, remote_jid, from_me,
                message_type, status, timestamp, origin)
            SELECT gen_random_uuid(), m.session_id, m.chat_id, 'M' || n, m.remote_jid, false, 'text', 'received',
                m.timestamp - make_interval(secs => n), 'contact'
            FROM gateway.whatsapp_explorer_messages m, generate_series(1, 5000) n WHERE m.chat_id = %s
            """,
            [chat.id],
        )
        admin.execute("ANALYZE gateway.whatsapp_explorer_messages")
    with store.functions.transaction() as connection:
        before = rows_read(connection)
        found, begun = chat_messages.newest(connection, chat, limit=50)
        assert rows_read(connection) - before <= 100
        place = chat_messages.place_of(found[-1], begun)
        last = replace(place, timestamp=place.timestamp - timedelta(seconds=3000))
        assert len(chat_messages.before(connection, chat, last, limit=50)) == 50
        assert rows_read(connection) - before <= 300


def rows_read(connection: Connection) -> int:
    """Return how many rows of the table of messages this transaction has read, and perhaps those just before it."""
    [row] = connection.execute(
        "SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_xact_user_tables"
        " WHERE relname = 'whatsapp_explorer_messages'"
    ).fetchall()
    count: int = row["read"]
    return count
