"""What the phone had before it was linked is imported, once, in order, and beside what comes meanwhile."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import psycopg

from connector.whatsapp.history import decode_piece
from connector.whatsapp.library import history_pb2
from gateway.domain.history import HistoryImport, HistoryScope, HistoryWish
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

RECENT = HistoryWish(HistoryScope.RECENT)
END = history_pb2.HistorySync(syncType=3, chunkOrder=9).SerializeToString()


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
    [tenant] = [chat for chat in guest.chats(session_id) if chat.phone_number == people[0]]
    assert (tenant.name, tenant.archived, tenant.pinned) == ("My tenant", True, True)
    assert tenant.disappearing_seconds == 86400
    assert tenant.muted_until
    assert tenant.muted_until.year == 2030
    new = [one for one in shown.values() if not one["fromMe"] and one["status"] != "read" and one["kind"] != "reaction"]
    assert sum(chat.unread_count for chat in guest.chats(session_id)) == len(new) > 0
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
    # The newest twenty come in any case, and what was reacted to them; three hundred days have thirty of a hundred.
    assert 18 <= oldest[HistoryScope.RECENT] <= 24
    assert 26 <= oldest[HistoryScope.FULL] <= 31


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
    """Whatever order the pieces are in, and however often they are there."""
    connector = gateway.start_connector()
    office = phone()
    whatsapp.make_past(office, chats=10, messages=1500)
    session_id = user.link(office, history=RECENT)
    with psycopg.connect(gateway.database.admin) as connection:
        # Nothing is imported meanwhile, and what is handed over waits.
        connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR UPDATE", [session_id])
        wait_for(lambda: is_handed_over(gateway, session_id), bool)
        [worker] = workers(connector.pid)
        worker.kill()
        worker.wait(10)
        last = connection.execute("SELECT max(id) FROM gateway.history_pieces").fetchone()
        for _ in range(2):
            connection.execute(_AGAIN_BACKWARDS, {"last": last and last[0]})
        connection.execute("DELETE FROM gateway.history_pieces WHERE id <= %s", last)
    done = imported(user, session_id)
    stored = [message.message_id for message in user.messages(session_id)]
    assert (done.complete, len(stored), set(stored)) == (True, 1500, set(past_of(whatsapp, office)))
    assert {chat.unread_count for chat in user.chats(session_id)} == {1}


_AGAIN_BACKWARDS = """
    INSERT INTO gateway.history_pieces (session_id, device_jid, payload)
    SELECT session_id, device_jid, payload FROM gateway.history_pieces WHERE id <= %(last)s ORDER BY id DESC
"""


def is_handed_over(gateway: Gateway, session_id: UUID) -> bool:
    """Return whether the end of the last chunk waits to be imported."""
    with psycopg.connect(gateway.database.admin) as connection:
        pieces = connection.execute(
            "SELECT payload FROM gateway.history_pieces WHERE session_id = %s ORDER BY id DESC", [session_id]
        ).fetchall()
    ends = [chunk for row in pieces if (chunk := decode_piece(row[0]).chunk)]
    return any(chunk.percent == 100 for chunk in ends)


def test_a_piece_that_cannot_be_imported_holds_up_no_other(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office = phone()
    whatsapp.make_past(office, chats=1, messages=10)
    session_id = guest.link(office, history=RECENT)
    imported(guest, session_id)
    device = guest.session(session_id).device_jid
    with psycopg.connect(shared_gateway.database.admin) as connection:
        for payload in (b"no protobuf at all", END):
            connection.execute(
                "INSERT INTO gateway.history_pieces (session_id, device_jid, payload) VALUES (%s, %s, %s)",
                [session_id, device, payload],
            )
    whatsapp.make_past(office, chats=1, messages=10)
    guest.disconnect(session_id)
    guest.wait_for_state(session_id, "disconnected")
    guest.connect(session_id)
    [event] = guest.wait_for_events(session_id, "message.unprocessed", 1)
    assert event.data == {"kind": "history", "reason": "DecodeError"}
    wait_for(lambda: (guest.session(session_id).history_import or {})["chunks"], lambda chunks: [3, 9] in chunks)
