"""Who a message goes to and comes from, whatever WhatsApp calls them; with the real library."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from connector.whatsapp.library import neonize_pb2
from gateway.store import chats
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway
from tests.unit.connector_whatsapp.build import source


@pytest.fixture
def other_user(shared_gateway: Gateway, whatsapp: WhatsAppControl) -> Iterator[User]:
    """Another user of the shared gateway, whose devices are in the same tables of the library."""
    user = User(shared_gateway.database, whatsapp)
    yield user
    user.close()


def alias_of(number: str) -> str:
    return number.replace("+49157", "+49159")


@pytest.mark.parametrize("named", ["both", "lid", "number"])
def test_a_number_that_whatsapp_answers_with_another_is_sent_to(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, named: str
) -> None:
    tenant = phone()
    lid = whatsapp.change_phone(tenant, aliases=[alias_of(tenant)], named=named)["lid"]
    session_id = guest.link(phone())
    message_id = guest.send(session_id, alias_of(tenant), "by the other number")
    whatsapp.wait_for_text(tenant, "by the other number")
    message = guest.wait_for_status(session_id, message_id, "delivered")
    assert message.chat_lid == message.remote_jid == lid
    assert message.chat_phone == (alias_of(tenant) if named == "lid" else tenant)
    again = guest.send(session_id, alias_of(tenant), "and again")
    whatsapp.wait_for_text(tenant, "and again")
    assert guest.message(session_id, again).chat_id == message.chat_id


def test_both_numbers_of_one_account_are_one_chat(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    whatsapp.change_phone(tenant, aliases=[alias_of(tenant)])
    session_id = guest.link(office)
    whatsapp.send(tenant, office, "I have two numbers")
    guest.wait_for_texts(session_id, "I have two numbers")
    message_id = guest.send(session_id, alias_of(tenant), "I know")
    guest.wait_for_status(session_id, message_id, "delivered")
    assert len({message.chat_id for message in guest.messages(session_id)}) == 1


def test_a_number_for_which_no_address_is_named_is_not_said_to_have_no_account(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    tenant = phone()
    whatsapp.change_phone(tenant, named="none")
    session_id = guest.link(phone())
    message_id = guest.send(session_id, tenant, "too early")
    assert guest.wait_for_status(session_id, message_id, "failed").error == "no_address"
    whatsapp.change_phone(tenant, named="both")
    later = guest.send(session_id, tenant, "in time")
    guest.wait_for_status(session_id, later, "delivered")


def test_a_contact_who_changes_the_number_is_answered_at_the_new_one(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send(tenant, office, "my old number")
    guest.wait_for_texts(session_id, "my old number")
    new = alias_of(tenant)
    whatsapp.change_phone(tenant, number=new)
    whatsapp.send(new, office, "my new number")
    guest.wait_for_texts(session_id, "my new number")
    answer = guest.send(session_id, new, "noted")
    whatsapp.wait_for_text(new, "noted")
    guest.wait_for_status(session_id, answer, "delivered")
    messages = guest.messages(session_id)
    assert {message.chat_id for message in messages} == {messages[0].chat_id}
    assert {message.chat_phone for message in messages} == {new}
    assert [message.sender_phone for message in messages[:2]] == [tenant, new]


def test_who_takes_over_a_number_is_another_person(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, number = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send(number, office, "from the first")
    guest.wait_for_texts(session_id, "from the first")
    first = whatsapp.change_phone(number, number=alias_of(number))["lid"]
    second = whatsapp.create_phone(number, "Another")["lid"]
    whatsapp.send(number, office, "from the second")
    guest.wait_for_texts(session_id, "from the second")
    answers = {
        second: guest.send(session_id, number, "for the second"),
        first: guest.send(session_id, first, "for you"),
    }
    whatsapp.wait_for_text(number, "for the second")
    whatsapp.wait_for_text(alias_of(number), "for you")
    for lid, message_id in answers.items():
        assert guest.wait_for_status(session_id, message_id, "delivered").chat_lid == lid
    assert {(message.chat_lid, message.content) for message in guest.messages(session_id)} == {
        (first, "from the first"),
        (second, "from the second"),
        (second, "for the second"),
        (first, "for you"),
    }


def test_what_one_users_session_learned_is_not_shown_to_another_user(
    guest: User, other_user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """A community hides the numbers of its members; one of them has written to one of the users."""
    mine, theirs, member = phone(), phone(), phone("Member")
    session_id, other_id = guest.link(mine, "one"), other_user.link(theirs, "two")
    whatsapp.send(member, mine, "between us")
    guest.wait_for_texts(session_id, "between us")
    community = whatsapp.create_group(member, "Community", [mine, theirs], hidesNumbers=True)
    whatsapp.send(member, community, "to all")
    guest.wait_for_texts(session_id, "to all")
    other_user.wait_for_texts(other_id, "to all")
    lid = whatsapp.phone(member)["lid"]
    (seen,) = other_user.messages(other_id)
    assert (seen.sender_lid, seen.sender_phone) == (lid, None)
    known = next(message for message in guest.messages(session_id) if message.content == "to all")
    assert (known.sender_lid, known.sender_phone) == (lid, member)


def test_what_comes_by_a_broadcast_list_is_in_the_chat_with_its_author(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone("Tina")
    session_id = guest.link(office)
    whatsapp.send(tenant, office, "only to you")
    to_many = whatsapp.broadcast(tenant, [office, phone()], "to many")
    guest.wait_for_texts(session_id, "only to you", "to many")
    assert len({message.chat_id for message in guest.messages(session_id)}) == 1
    answer = guest.send(session_id, tenant, "answered in private")
    guest.wait_for_status(session_id, answer, "delivered")
    guest.read(session_id, tenant)
    assert office in _readers(whatsapp, tenant, to_many)


def test_reading_what_came_by_a_broadcast_list_on_the_phone_is_known(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    sent = whatsapp.broadcast(tenant, [office], "to many")
    guest.wait_for_texts(session_id, "to many")
    (message,) = guest.messages(session_id)
    assert message.list_jid is not None
    own = source(message.list_jid, f"{office[1:]}@s.whatsapp.net", group=True, from_me=True)
    receipt = neonize_pb2.Receipt(MessageSource=own, MessageIDs=[sent], Timestamp=int(time.time()), Type="READ_SELF")
    with psycopg.connect(shared_gateway.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.inbox (session_id, kind, payload) VALUES (%s, 'Receipt', %s)",
            [session_id, receipt.SerializeToString()],
        )
    wait_for(lambda: guest.messages(session_id)[0].status, lambda status: status == "read")
    with guest.database.transaction() as connection:
        (chat,) = chats.page(connection, session_id, search=None, before=None, limit=10)
    assert (chat.phone_number, chat.unread_count) == (tenant, 0)


def test_status_posts_are_not_recorded(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send_kind(tenant, to="status", recipients=[office], text="at the beach")
    whatsapp.send(tenant, office, "back home")
    guest.wait_for_texts(session_id, "back home")
    assert guest.received(session_id) == ["back home"]
    assert {event.data.get("chatId") for event in guest.events(session_id, "message.received")} == {
        str(guest.messages(session_id)[0].chat_id)
    }


def _readers(whatsapp: WhatsAppControl, author: str, message_id: str) -> list[str]:
    def readers() -> list[str]:
        receipts = (whatsapp.message(author, message_id) or {}).get("receipts", {})
        return [number for number, status in receipts.items() if status == "read"]

    return wait_for(readers, bool)
