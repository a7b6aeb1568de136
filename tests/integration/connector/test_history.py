"""What the phone had before it was linked is imported, once, in order, and beside what comes meanwhile."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from gateway.domain.history import HistoryImport, HistoryScope, HistoryWish
from gateway.store import history
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

RECENT = HistoryWish(HistoryScope.RECENT)


def imported(user: User, session_id: UUID) -> HistoryImport:
    """Wait for the end of the import."""
    session = wait_for(
        lambda: user.session(session_id), lambda session: bool((session.history_import or {}).get("finished_at"))
    )
    return HistoryImport.of(session.history_import)


def past_of(whatsapp: WhatsAppControl, number: str) -> dict[str, dict[str, Any]]:
    """Return what the phone shows, by id; what changed another message is part of that one."""
    return {message["id"]: message for message in whatsapp.messages(number)}


def test_the_past_of_the_phone_is_imported(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office = phone()
    people = whatsapp.make_past(office, chats=3, groups=1, messages=200, days=30)
    whatsapp.change_profile(
        office,
        contacts={people[0]: "My tenant"},
        chats={people[0]: {"archived": 1, "pinned": True, "mutedUntil": 1_900_000_000, "timer": 86400}},
    )
    session_id = guest.link(office, history=RECENT)
    done = imported(guest, session_id)
    assert (done.complete, done.percent, done.chats) == (True, 100, 4)
    wait_for(lambda: imported(guest, session_id).messages, lambda count: count == 200)
    shown = past_of(whatsapp, office)
    messages = guest.messages(session_id)
    assert {message.message_id for message in messages} == set(shown)
    assert {message.origin for message in messages} == {"history"}
    assert Counter(message.message_type for message in messages).keys() >= {"text", "image", "voice", "reaction"}
    for message in messages:
        if message.message_type == "text":
            assert message.content == shown[str(message.message_id)]["text"]
    assert all(message.timestamp <= later.timestamp for message, later in zip(messages, messages[1:], strict=False))
    [tenant] = [chat for chat in guest.chats(session_id) if chat.phone_number == people[0]]
    assert (tenant.name, tenant.archived, tenant.pinned, tenant.disappearing_seconds) == (
        "My tenant",
        True,
        True,
        86400,
    )
    assert tenant.muted_until
    assert tenant.muted_until.year == 2030
    unread = {chat.phone_number or chat.jid: chat.unread_count for chat in guest.chats(session_id)}
    assert set(unread.values()) == {1}
    kinds = Counter(event.type for event in guest.events(session_id))
    assert kinds.keys() <= {"session.state", "session.qr", "history.progress", "history.imported"}
    assert kinds["history.progress"] >= 1


def test_files_of_the_past_are_not_fetched(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office = phone()
    whatsapp.make_past(office, chats=1, messages=30)
    session_id = guest.link(office, history=RECENT)
    imported(guest, session_id)
    files = [file for message in guest.messages(session_id) for file in message.files or []]
    assert files
    assert {file["status"] for file in files} == {"on_demand"}


def test_who_does_not_ask_gets_none(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    whatsapp.make_past(office, chats=2, messages=30)
    session_id = guest.link(office)
    whatsapp.send(tenant, office, "now")
    guest.wait_for_texts(session_id, "now")
    assert guest.received(session_id) == ["now"]
    assert guest.session(session_id).history_import is None


def test_how_far_back_is_asked_of_the_phone(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    oldest = {}
    for scope, days in ((HistoryScope.RECENT, 10), (HistoryScope.FULL, 300)):
        office = phone()
        whatsapp.make_past(office, chats=1, messages=100, days=1000)
        session_id = guest.link(office, history=HistoryWish(scope, days))
        imported(guest, session_id)
        oldest[scope] = len(guest.messages(session_id))
    # The newest twenty come in any case; three hundred days are thirty of a hundred messages.
    assert 18 <= oldest[HistoryScope.RECENT] <= 20
    assert 27 <= oldest[HistoryScope.FULL] <= 31


def test_what_comes_meanwhile_is_not_history(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, stranger = phone(), phone()
    tenant = whatsapp.make_past(office, chats=1, messages=2000)[0]
    session_id = guest.link(office, history=RECENT)
    for number in range(5):
        whatsapp.send(tenant, office, f"now {number}")
    whatsapp.send(stranger, office, "and I")
    guest.wait_for_texts(session_id, *(f"now {number}" for number in range(5)), "and I")
    imported(guest, session_id)
    wait_for(lambda: len(guest.messages(session_id)), lambda count: count == 2006)
    live = [message for message in guest.messages(session_id) if message.origin == "contact"]
    assert [message.content for message in live] == [*(f"now {number}" for number in range(5)), "and I"]
    assert len(guest.events(session_id, "message.received")) == 6
    [chat] = [chat for chat in guest.chats(session_id) if chat.phone_number == tenant]
    assert chat.unread_count == 6
    assert chat.last_message_id == live[4].id


def test_two_sessions_import_at_once(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    phones = [phone(), phone()]
    for number in phones:
        whatsapp.make_past(number, chats=2, messages=300)
    found = [guest.link(number, history=RECENT) for number in phones]
    for number, session_id in zip(phones, found, strict=True):
        imported(guest, session_id)
        wait_for(lambda id=session_id: len(guest.messages(id)), lambda count: count == 300)  # type: ignore[misc]
        assert {message.message_id for message in guest.messages(session_id)} == set(past_of(whatsapp, number))


def test_a_worker_that_is_killed_leaves_the_import_to_the_next(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    office = phone()
    whatsapp.make_past(office, chats=10, messages=4000)
    session_id = user.link(office, history=RECENT)
    wait_for(lambda: chats_so_far(user, session_id), lambda count: count > 0)
    [worker] = workers(connector)
    worker.kill()
    done = imported(user, session_id)
    stored = {message.message_id for message in user.messages(session_id)}
    lost = set(past_of(whatsapp, office)) - stored
    # A chunk that died on its way is never sent again: it is missing as a whole, and that is said.
    assert done.complete is (not lost)
    assert len(stored) == len(user.messages(session_id)) == done.messages


def chats_so_far(user: User, session_id: UUID) -> int:
    with user.database.transaction() as connection:
        return history.count_chats(connection, session_id)
