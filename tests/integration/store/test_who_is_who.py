"""Which chat is whose: a LID is one person for ever, a number belongs to whom WhatsApp named with it last."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.access import Reach
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.store import chats, events, incoming, messages, numbers, outgoing, receipts, sessions
from gateway.store.chats import Chat
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from gateway.store.incoming import Incoming
from gateway.store.messages import Message
from gateway.store.numbers import Number
from tests.integration.store.conftest import PACING, Owned, Store

ANNA, BEN = "111@lid", "222@lid"
OLD, NEW = "+15550001001", "+15550001002"
NOW = datetime.now(UTC).replace(microsecond=0)
_ids = itertools.count()


def receive(store: Store, owned: Owned, *senders: tuple[str | None, str | None]) -> list[UUID]:
    """Store a message from each of these (LID, number) in one batch; its text is the LID or number."""
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        stored = incoming.store(fence, [_message(Address(*sender)) for sender in senders])
    assert all(stored)
    return [id for id in stored if id]


def _message(sender: Address) -> Incoming:
    text = sender.lid or sender.phone_number
    return Incoming(f"3A{next(_ids)}", sender, sender, False, NOW, "text", text)


def contents(store: Store, owned: Owned) -> dict[tuple[str | None, str | None], list[str | None]]:
    """Return the texts of each chat, by its LID and number."""
    with store.functions.transaction() as connection:
        found = chats.page(connection, owned.session_id, search=None, before=None, limit=100)
        return {
            (chat.lid, chat.phone_number): [message.content for message in _messages(store, owned, chat)[::-1]]
            for chat in found
        }


def _messages(store: Store, owned: Owned, chat: Chat | None = None) -> list[Message]:
    with store.functions.transaction() as connection:
        return messages.page(connection, owned.session_id, chat_id=chat.id if chat else None, before=None, limit=100)


def find(store: Store, owned: Owned, number: str) -> Chat:
    with store.functions.transaction() as connection:
        return chats.find(connection, owned.session_id, Address(phone_number=number))


def queue(store: Store, owned: Owned, to: Address, text: str = "x") -> Message:
    with store.functions.transaction() as connection:
        session = sessions.lock(connection, Reach(owned.user), owned.session_id)
        send = outgoing.queue(connection, session, Draft(to, Text(text)), PACING, 3600)
        return messages.get(connection, session.id, send.id)


def answer(store: Store, owned: Owned, message: Message, number: Number) -> Message:
    """Let WhatsApp answer a look-up of the message's recipient."""
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        numbers.remember(fence.connection, number)
        return outgoing.address(fence, messages.get(fence.connection, fence.session_id, message.id), number)


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ([(ANNA, OLD), (ANNA, None), (None, OLD)], {(ANNA, OLD): [ANNA, ANNA, OLD]}),
        ([(None, OLD), (ANNA, OLD)], {(ANNA, OLD): [OLD, ANNA]}),
        ([(ANNA, None), (None, OLD), (ANNA, OLD)], {(ANNA, OLD): [ANNA, OLD, ANNA]}),
        ([(ANNA, OLD), (ANNA, NEW)], {(ANNA, NEW): [ANNA, ANNA]}),
        ([(ANNA, OLD), (None, NEW), (ANNA, NEW)], {(ANNA, NEW): [ANNA, NEW, ANNA]}),
        ([(ANNA, OLD), (BEN, OLD)], {(ANNA, None): [ANNA], (BEN, OLD): [BEN]}),
        ([(ANNA, OLD), (BEN, None), (BEN, OLD)], {(ANNA, None): [ANNA], (BEN, OLD): [BEN, BEN]}),
        ([(ANNA, OLD), (BEN, NEW), (ANNA, NEW)], {(ANNA, NEW): [ANNA, ANNA], (BEN, None): [BEN]}),
        ([(ANNA, OLD), (BEN, OLD), (ANNA, None)], {(ANNA, None): [ANNA, ANNA], (BEN, OLD): [BEN]}),
        ([(ANNA, OLD), (BEN, OLD), (None, OLD)], {(ANNA, None): [ANNA], (BEN, OLD): [BEN, OLD]}),
        ([(ANNA, OLD), (BEN, OLD), (ANNA, OLD)], {(ANNA, OLD): [ANNA, ANNA], (BEN, None): [BEN]}),
        ([(ANNA, OLD), (BEN, NEW), (ANNA, NEW), (BEN, OLD)], {(ANNA, NEW): [ANNA, ANNA], (BEN, OLD): [BEN, BEN]}),
    ],
    ids=[
        "one person by any address",
        "a number is given its LID",
        "two chats prove to be one",
        "a contact changes the number",
        "a contact changes the number to one that wrote",
        "a number goes to another person",
        "a number goes to a person who is known",
        "a number goes from one who is known to one who is known",
        "the former owner writes on",
        "the number is the new owner's",
        "a number comes back",
        "two people exchange their numbers",
    ],
)
@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_the_newest_pairing_of_lid_and_number_wins(
    store: Store,
    make_linked: Callable[[], Owned],
    batch: list[tuple[str | None, str | None]],
    expected: dict[tuple[str, str | None], list[str]],
    together: bool,
) -> None:
    linked = make_linked()
    for part in [batch] if together else [[sender] for sender in batch]:
        receive(store, linked, *part)
    assert contents(store, linked) == expected


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([ANNA, BEN, "333@lid"]), st.sampled_from([OLD, NEW, None])), min_size=1, max_size=8
    ),
    st.integers(0, 8),
)
def test_no_chat_holds_what_two_people_wrote(
    store: Store, make_session_of: Callable[[], Owned], senders: list[tuple[str, str | None]], cut: int
) -> None:
    linked = make_session_of()
    for batch in (senders[:cut], senders[cut:]):
        receive(store, linked, *batch)
    found = contents(store, linked)
    assert {lid: set(texts) for (lid, _), texts in found.items()} == {lid: {lid} for lid, _ in senders}
    last = {number: lid for lid, number in senders if number}
    latest = {lid: number for lid, number in senders if number}
    assert {lid: number for lid, number in found if number} == {
        lid: number for lid, number in latest.items() if last[number] == lid
    }


@pytest.fixture
def make_session_of(store: Store, linked: Owned) -> Callable[[], Owned]:
    """The one session, emptied: hypothesis takes a fixture once for all its examples."""

    def make() -> Owned:
        with store.connector.transaction() as connection:
            for table in ("whatsapp_explorer_messages", "chats"):
                connection.execute(f"DELETE FROM gateway.{table} WHERE session_id = %s", [linked.session_id])
        return linked

    return make


def test_a_merge_is_told_and_a_number_that_moves_is_none(store: Store, linked: Owned) -> None:
    receive(store, linked, (None, OLD), (ANNA, None))
    receive(store, linked, (ANNA, OLD), (BEN, OLD))
    with store.functions.transaction() as connection:
        merged = [
            event
            for event in events.after(connection, linked.session_id, 0, 100)
            if event.type == EventType.CHATS_MERGED
        ]
    assert len(merged) == 1


@pytest.mark.parametrize(
    ("delivered", "typed"),
    [("+5215512345678", "+525512345678"), ("+551187654321", "+5511987654321"), ("+5491123456789", "+541123456789")],
)
def test_a_chat_is_found_by_either_spelling_of_its_number(
    store: Store, linked: Owned, delivered: str, typed: str
) -> None:
    receive(store, linked, (ANNA, delivered))
    chat = find(store, linked, delivered)
    assert find(store, linked, typed) == chat
    for number in (delivered, typed):
        assert queue(store, linked, Address(phone_number=number)).chat_id == chat.id
    receive(store, linked, (BEN, typed))
    assert find(store, linked, typed).lid == BEN
    assert find(store, linked, delivered).lid == ANNA


def test_an_unknown_number_is_not_found(store: Store, linked: Owned) -> None:
    receive(store, linked, (ANNA, "+525500000000"))
    with pytest.raises(NotFound):
        find(store, linked, "+525599999999")


@pytest.mark.parametrize(
    "named",
    [Address(ANNA, "+15550001999"), Address(ANNA, None), Address(None, "+15550001999")],
    ids=["both", "a LID only", "another number only"],
)
@pytest.mark.parametrize("known", [False, True], ids=["a stranger", "one who wrote"])
def test_an_answer_with_another_address_is_followed(store: Store, linked: Owned, named: Address, known: bool) -> None:
    asked = "+15550001998"
    if known:
        receive(store, linked, (named.lid, named.phone_number))
    message = queue(store, linked, Address(phone_number=asked))
    number = Number(asked, True, named.lid, named.phone_number)
    sent = answer(store, linked, message, number)
    assert sent.recipient == number.address
    assert sent.remote_jid == number.address.jid
    assert list(contents(store, linked)) == [(named.lid, number.address.phone_number)]
    again = queue(store, linked, Address(phone_number=asked))
    assert again.chat_id == sent.chat_id


def test_a_stale_address_of_a_send_takes_no_number_back(store: Store, linked: Owned) -> None:
    """The number moves on while the message is on its way."""
    receive(store, linked, (ANNA, OLD))
    message = queue(store, linked, Address(ANNA), "to Anna")
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_sending(fence, message.id)
    receive(store, linked, (BEN, OLD))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_sent(fence, message.id, "3EB0", None, NOW)
    assert contents(store, linked) == {(ANNA, None): [ANNA, "to Anna"], (BEN, OLD): [BEN]}


def test_what_was_not_registered_does_not_keep_from_a_chat_that_has_a_lid(store: Store, linked: Owned) -> None:
    receive(store, linked, (ANNA, "+5215512340000"))
    with store.connector.transaction() as connection:
        numbers.remember(connection, Number("+525512340000", False, None))
    assert queue(store, linked, Address(phone_number="+525512340000")).chat_lid == ANNA


def test_what_came_by_a_list_is_found_by_the_list(store: Store, linked: Owned) -> None:
    by_list = replace(_message(Address(ANNA, OLD)), list_jid="17@broadcast")
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        incoming.store(fence, [by_list, _message(Address(BEN))])
        [chat] = receipts.chats_written_to_by_list(fence, "17@broadcast", [by_list.message_id])
        assert receipts.chats_written_to_by_list(fence, "18@broadcast", [by_list.message_id]) == []
    assert chat.lid == ANNA
    assert [message.list_jid for message in _messages(store, linked, chat)] == ["17@broadcast"]


def test_the_numbers_a_session_knows_are_its_own(store: Store, linked: Owned, make_linked: Callable[[], Owned]) -> None:
    other = make_linked()
    group = replace(_message(Address(BEN, NEW)), group_jid="1@g.us", chat_kind="group")
    receive(store, linked, (ANNA, OLD))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        incoming.store(fence, [group])
    with store.functions.transaction() as connection:
        for number in (OLD, NEW):
            assert messages.knows_number(connection, linked.session_id, number)
            assert not messages.knows_number(connection, other.session_id, number)
        assert not messages.knows_number(connection, linked.session_id, "+15550001003")
