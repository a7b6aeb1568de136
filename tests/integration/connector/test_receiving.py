"""What comes in is stored, whatever it is, once and in order."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway, Stack

# As many as the queue of the library holds; of more it may lose the order, and says so in a line a message.
WAITING = 2_000


def test_every_kind_is_stored(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone("Tina")
    session_id = guest.link(office)
    text_id = whatsapp.send(tenant, office, "first")
    whatsapp.send_kind(tenant, to=office, kind="image", caption="the stain")
    whatsapp.send_kind(tenant, to=office, kind="location", latitude=52.5, longitude=13.4, name="Here")
    whatsapp.send_kind(tenant, kind="reaction", messageId=text_id, emoji="👍")
    messages = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 4)
    text, image, location, reaction = messages
    assert (text.message_type, text.content, text.push_name, text.status) == ("text", "first", "Tina", "received")
    assert (image.message_type, image.content) == ("image", "the stain")
    assert {"directPath", "mediaKey", "fileEncSha256", "mimetype"} <= set(image.media or {})
    assert location.message_type == "location"
    assert {"latitude": 52.5, "longitude": 13.4, "name": "Here"}.items() <= (location.location or {}).items()
    assert (reaction.message_type, reaction.content, reaction.target_id) == ("reaction", "👍", text_id)
    assert [event.data["targetMessageId"] for event in guest.events(session_id, "message.reaction")] == [text_id]
    assert len(guest.events(session_id, "message.received")) == 3


def test_an_edit_changes_the_message_it_names(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    text_id = whatsapp.send(tenant, office, "five o'clock")
    whatsapp.send_kind(tenant, kind="edit", messageId=text_id, text="six o'clock")
    guest.wait_for_texts(session_id, "six o'clock")
    (message,) = guest.messages(session_id)
    assert (message.message_id, message.message_type) == (text_id, "text")
    assert message.edited_at is not None
    assert [event.data["messageId"] for event in guest.events(session_id, "message.edited")] == [text_id]


def test_a_deletion_empties_the_message_it_names(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    text_id = whatsapp.send(tenant, office, "a secret")
    whatsapp.send_kind(tenant, kind="delete", messageId=text_id)
    guest.wait_for_events(session_id, "message.deleted", 1)
    (message,) = guest.messages(session_id)
    assert message.content is None
    assert message.deleted_at is not None


def test_what_the_human_types_on_the_phone_is_from_me(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send(office, tenant, "typed on the phone")
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    assert (message.from_me, message.origin, message.content) == (True, "phone", "typed on the phone")
    assert (message.chat_lid, message.chat_phone) == (whatsapp.phone(tenant)["lid"], tenant)
    assert message.sender_phone == office


def test_a_message_that_could_not_be_read_is_visible_and_settled_by_its_repeat(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.fault(corrupt={"count": 1, "number": office})
    whatsapp.send(tenant, office, "garbled once")
    guest.wait_for_texts(session_id, "garbled once")
    (message,) = guest.messages(session_id)
    assert message.message_type == "text"
    assert len(guest.events(session_id, "message.undecryptable")) == 1


def test_duplicates_are_stored_once(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.fault(duplicate={"number": office})
    for text in ("one", "two", "three"):
        whatsapp.send(tenant, office, text)
    guest.wait_for_texts(session_id, "three")
    assert guest.received(session_id) == ["one", "two", "three"]


def test_the_phone_writes_in_the_second_of_the_scan(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.create_session()
    guest.connect(session_id)
    whatsapp.scan(office, guest.wait_for_qr(session_id))
    whatsapp.send(tenant, office, "at once")
    whatsapp.send(office, tenant, "so do I")
    guest.wait_for_texts(session_id, "at once")
    wait_for(lambda: {message.content for message in guest.messages(session_id)}, lambda seen: "so do I" in seen)


def test_an_event_that_cannot_be_read_is_set_aside(
    guest: User, shared_gateway: Gateway, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    with psycopg.connect(shared_gateway.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.inbox (session_id, kind, payload) VALUES (%s, 'Message', %s)",
            [session_id, b"\xff\xff\xff\xff"],
        )
    whatsapp.send(tenant, office, "not held up")
    guest.wait_for_texts(session_id, "not held up")
    with psycopg.connect(shared_gateway.database.admin) as connection:
        rows = connection.execute("SELECT error FROM gateway.inbox WHERE session_id = %s", [session_id]).fetchall()
    assert rows == [("DecodeError",)]
    (event,) = guest.events(session_id, "message.unprocessed")
    assert event.data == {"kind": "message", "reason": "DecodeError"}


@pytest.mark.slow
def test_the_database_away_for_a_while(
    gateway: Gateway, user: User, stack: Stack, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Longer than a lease is trusted: sockets are closed, and everything comes back by itself."""
    gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    queued = user.send(session_id, tenant, "before")
    user.wait_for_status(session_id, queued, "delivered")
    texts = [f"text {index}" for index in range(8)]
    stack.postgres.stop()
    try:
        for text in texts[:4]:
            whatsapp.send(tenant, office, text)
        wait_for(lambda: _connected(whatsapp, office), lambda connected: not connected, timeout=30)
        for text in texts[4:]:
            whatsapp.send(tenant, office, text)
    finally:
        stack.postgres.start()
    user.wait_for_texts(session_id, *texts)
    assert user.received(session_id) == texts
    after = user.send(session_id, tenant, "after")
    user.wait_for_status(session_id, after, "delivered")


def test_the_database_restarted(
    gateway: Gateway, user: User, stack: Stack, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    whatsapp.send(tenant, office, "before")
    user.wait_for_texts(session_id, "before")
    stack.postgres.kill()
    try:
        wait_for(lambda: _connected(whatsapp, office), lambda connected: not connected)
        whatsapp.send(tenant, office, "while it is away")
    finally:
        stack.postgres.start()
    whatsapp.send(tenant, office, "after")
    user.wait_for_texts(session_id, "before", "while it is away", "after")
    assert user.received(session_id) == ["before", "while it is away", "after"]
    answer = user.send(session_id, tenant, "answer")
    user.wait_for_status(session_id, answer, "delivered")


def test_a_killed_worker_loses_nothing_that_it_has_received(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Its events are in the spool, the database takes none; its successor carries them over first of all."""
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    whatsapp.change_phone(office, autoReceipts=False)
    session_id = user.link(office)
    whatsapp.send(tenant, office, "stored")
    user.wait_for_texts(session_id, "stored")
    texts = [f"text {number}" for number in range(20)]
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("LOCK TABLE gateway.inbox IN EXCLUSIVE MODE")
        ids = [whatsapp.send(tenant, office, text) for text in texts]
        for id in ids:
            whatsapp.wait_for_status(tenant, id, "delivered")
        wait_for(lambda: _waits_for_the_inbox(gateway), lambda waits: waits)
        workers(connector.pid)[0].kill()
    user.wait_for_texts(session_id, *texts)
    assert user.received(session_id) == ["stored", *texts]
    whatsapp.send(tenant, office, "after")
    user.wait_for_texts(session_id, "after")
    assert user.events(session_id, "message.lost") == []
    assert all(file.stat().st_size == 0 for file in gateway.spool.iterdir())


def test_what_a_worker_leaves_is_carried_over_before_its_connector_ends(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """The machine, and with it the spool, may be gone afterwards."""
    connector = gateway.start_connector(GATEWAY_CLOSE_SECONDS="0.2", GATEWAY_DRAIN_SECONDS="2")
    office, tenant = phone(), phone()
    whatsapp.change_phone(office, autoReceipts=False)
    session_id = user.link(office)
    (worker,) = workers(connector.pid)
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("LOCK TABLE gateway.inbox IN EXCLUSIVE MODE")
        texts = [f"text {number}" for number in range(5)]
        for text in texts:
            whatsapp.wait_for_status(tenant, whatsapp.send(tenant, office, text), "delivered")
        wait_for(lambda: _waits_for_the_inbox(gateway), lambda waits: waits)
        os.kill(connector.pid, signal.SIGTERM)
        worker.wait(30)
    connector.stop()
    assert list(gateway.spool.iterdir()) == []
    gateway.start_connector(GATEWAY_SPOOL_DIRECTORY=str(gateway.spool.with_name("elsewhere")))
    user.wait_for_texts(session_id, *texts)
    assert user.received(session_id) == texts


def test_what_a_crash_lost_is_said_once(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Without a disk for the spool. The inbox is locked: the first event is on its way to it, the others die with Go.

    The first arrives where its statement was prepared before; otherwise PostgreSQL had only been asked to prepare it.
    """
    connector = gateway.start_connector(GATEWAY_SPOOL_DIRECTORY="/dev/null/spool")
    office, tenant = phone(), phone()
    whatsapp.change_phone(office, autoReceipts=False)
    session_id = user.link(office)
    whatsapp.send(tenant, office, "stored")
    user.wait_for_texts(session_id, "stored")
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("LOCK TABLE gateway.inbox IN EXCLUSIVE MODE")
        ids = [whatsapp.send(tenant, office, text) for text in ("on its way", "lost one", "lost two")]
        for id in ids:
            whatsapp.wait_for_status(tenant, id, "delivered")
        wait_for(lambda: _waits_for_the_inbox(gateway), lambda waits: waits)
        workers(connector.pid)[0].kill()
    events = user.wait_for_events(session_id, "message.lost", 2)
    lost = {event.data["messageId"] for event in events}
    assert lost - {ids[0]} == set(ids[1:])
    user.wait_for_texts(session_id, "stored" if ids[0] in lost else "on its way")
    assert {event.data["chat"] for event in events} == {whatsapp.phone(tenant)["lid"]}
    workers(connector.pid)[0].kill()
    user.wait_for_state(session_id, "connecting")
    user.wait_for_state(session_id, "connected")
    whatsapp.send(tenant, office, "after")
    user.wait_for_texts(session_id, "after")
    assert len(user.events(session_id, "message.lost")) == len(lost)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_waited_at_whatsapp_is_stored_in_the_order_of_each_sender(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector()
    office, contacts = phone(), [phone() for _ in range(4)]
    session_id = user.link(office)
    whatsapp.send(contacts[0], office, "before")
    user.wait_for_texts(session_id, "before")
    user.disconnect(session_id)
    user.wait_for_state(session_id, "disconnected")
    texts = {contact: [f"{contact} {number}" for number in range(WAITING // len(contacts))] for contact in contacts}

    def write(contact: str) -> None:
        for text in texts[contact]:
            whatsapp.send(contact, office, text)

    with ThreadPoolExecutor(len(contacts)) as pool:
        list(pool.map(write, contacts))
    user.connect(session_id)
    with psycopg.connect(gateway.database.admin, autocommit=True) as connection:
        query = "SELECT content FROM gateway.whatsapp_explorer_messages WHERE session_id = %s ORDER BY id"
        received = wait_for(
            lambda: [row[0] for row in connection.execute(query, [session_id])][1:],
            lambda found: len(found) >= WAITING,
            timeout=280,
        )
    for contact in contacts:
        assert [text for text in received if text.startswith(contact)] == texts[contact]
    assert "Handler queue is full" not in (gateway.logs / "connector-0.log").read_text()


def _connected(whatsapp: WhatsAppControl, number: str) -> bool:
    return any(device["connected"] for device in whatsapp.phone(number)["devices"])


def _waits_for_the_inbox(gateway: Gateway) -> bool:
    with psycopg.connect(gateway.database.admin) as connection:
        query = (
            "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE relation = 'gateway.inbox'::regclass AND NOT granted AND query LIKE '%INSERT INTO gateway.inbox%'"
        )
        return connection.execute(query).fetchone() is not None
