"""What becomes of a text between our queue and the recipient's phone."""

from __future__ import annotations

import psycopg
import pytest

from gateway.aws.queues import CommandQueues
from gateway.domain.errors import NotOnWhatsApp
from infra.local.whatsapp.client import Json, WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway, Stack


def received(whatsapp: WhatsAppControl, number: str) -> list[Json]:
    return [message for message in whatsapp.messages(number) if not message["fromMe"]]


def copies_at_server(whatsapp: WhatsAppControl, number: str, whatsapp_id: str | None) -> int:
    """How often the server was given a message with this id."""
    entries = whatsapp.statistics()["messagesReceived"]
    return sum(entry["ids"].count(whatsapp_id) for entry in entries if entry["number"] == number)


@pytest.mark.parametrize(
    "text",
    ["👋🏽 emoji 🇩🇪", "שלום עולם — مرحبا", "line\nline\n\nline", "x" * 4000, "@4915112345678 https://example.org *b*"],
    ids=["emoji", "right-to-left", "newlines", "4000-characters", "no-markup"],
)
def test_every_text_arrives_as_it_was_written(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, text: str
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    message_id = guest.send(session_id, tenant, text)
    whatsapp.wait_for_text(tenant, text)
    message = guest.wait_for_status(session_id, message_id, "delivered")
    assert message.sent_at is not None
    whatsapp.send(tenant, office, text)
    guest.wait_for_texts(session_id, text)


def test_the_order_is_kept(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    texts = [f"number {index}" for index in range(20)]
    for text in texts:
        guest.send(session_id, tenant, text)
    whatsapp.wait_for_text(tenant, texts[-1])
    assert [message["text"] for message in received(whatsapp, tenant)] == texts


def test_a_number_without_whatsapp(guest: User, phone: MakePhone, shared_gateway: Gateway) -> None:
    session_id = guest.link(phone())
    for message_id in guest.send_together(session_id, "+4915999999999", "nobody there", "still nobody"):
        assert guest.wait_for_status(session_id, message_id, "failed").error == "not_on_whatsapp"
    with pytest.raises(NotOnWhatsApp):
        guest.send(session_id, "+4915999999999", "nobody, as is known by now")
    with psycopg.connect(shared_gateway.database.admin) as connection:
        row = connection.execute("SELECT registered FROM gateway.numbers WHERE phone_number = '+4915999999999'")
        assert row.fetchone() == (False,)


def test_a_chat_is_one_whichever_address_it_came_by(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    sent = guest.send(session_id, tenant, "by number")
    guest.wait_for_status(session_id, sent, "delivered")
    whatsapp.send(tenant, office, "by LID")
    guest.wait_for_texts(session_id, "by LID")
    messages = guest.messages(session_id)
    assert {message.chat_id for message in messages} == {messages[0].chat_id}
    lid = whatsapp.phone(tenant)["lid"]
    assert {(message.chat_lid, message.chat_phone) for message in messages} == {(lid, tenant)}
    assert {message.remote_jid for message in messages} == {lid}
    assert (messages[1].sender_lid, messages[1].sender_phone) == (lid, tenant)


def test_what_waits_too_long_expires(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.fault(refuseSeconds=600, drop={"number": office})
    guest.wait_for_state(session_id, "connecting")
    message_id = guest.send(session_id, tenant, "too late", expires_seconds=1.0)
    assert guest.wait_for_status(session_id, message_id, "failed").error == "expired"
    whatsapp.clear_faults()
    guest.wait_for_state(session_id, "connected")
    later = guest.send(session_id, tenant, "in time")
    guest.wait_for_status(session_id, later, "delivered")
    assert [message["text"] for message in received(whatsapp, tenant)] == ["in time"]


def test_reading_a_chat_sends_receipts(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    ids = [whatsapp.send(tenant, office, text) for text in ("one", "two")]
    guest.wait_for_texts(session_id, "one", "two")
    guest.read(session_id, tenant)
    for id in ids:
        whatsapp.wait_for_status(tenant, id, "read")
    wait_for(lambda: {message.status for message in guest.messages(session_id)}, lambda statuses: statuses == {"read"})


def test_reading_without_receipts_is_known_to_the_own_phone_alone(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.send(tenant, office, "one")
    guest.wait_for_texts(session_id, "one")
    guest.read(session_id, tenant, receipts=False)
    wait_for(lambda: guest.messages(session_id)[0].status, lambda status: status == "read")
    wait_for(lambda: _statuses(whatsapp, office), lambda statuses: statuses == {"one": "read"})
    told = whatsapp.send(tenant, office, "two")
    guest.wait_for_texts(session_id, "one", "two")
    guest.read(session_id, tenant)
    whatsapp.wait_for_status(tenant, told, "read")
    # A receipt that came later than this one would be late, not missing.
    assert _statuses(whatsapp, tenant) == {"one": "delivered", "two": "read"}


def _statuses(whatsapp: WhatsAppControl, number: str) -> dict[str, str]:
    return {message["text"]: message["status"] for message in whatsapp.messages(number)}


@pytest.mark.parametrize("listen", ["true", "false"])
def test_doorbells_alone_and_notifications_alone_suffice(
    gateway: Gateway,
    whatsapp: WhatsAppControl,
    phone: MakePhone,
    command_queues: CommandQueues,
    listen: str,
) -> None:
    """The rows are read too seldom to help."""
    gateway.start_connector(GATEWAY_LISTEN=listen, GATEWAY_LOOK_INTERVAL_SECONDS="300")
    user = User(gateway.database, whatsapp, None if listen == "true" else command_queues)
    session_id = user.link(phone())
    tenant = phone()
    message_id = user.send(session_id, tenant, "woken")
    user.wait_for_status(session_id, message_id, "delivered")
    user.close()


@pytest.mark.slow
def test_sqs_away(gateway: Gateway, user: User, stack: Stack, phone: MakePhone) -> None:
    connector = gateway.start_connector(GATEWAY_LISTEN="false")
    session_id, tenant = user.link(phone()), phone()
    stack.ministack.kill()
    try:
        message_id = user.send(session_id, tenant, "without SQS")
        user.wait_for_status(session_id, message_id, "delivered")
    finally:
        stack.ministack.start()
    log = connector.log.read_text
    wait_for(lambda: log().count("doorbells are received again"), lambda count: count >= 16)
    assert log().count("doorbells cannot be received") == 16


def test_a_worker_killed_before_the_ack_leaves_the_send_unknown_until_a_receipt(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    whatsapp.change_phone(tenant, autoReceipts=False)
    whatsapp.fault(withholdAcks={"number": office})
    message_id = user.send(session_id, tenant, "ack withheld")
    seen = whatsapp.wait_for_text(tenant, "ack withheld")
    assert user.message(session_id, message_id).status == "sending"
    workers(connector.pid)[0].kill()
    whatsapp.clear_faults()
    message = user.wait_for_status(session_id, message_id, "unknown")
    assert message.message_id == seen["id"]
    assert message.error == "unconfirmed"
    user.wait_for_state(session_id, "connected")
    later = user.send(session_id, tenant, "after the crash")
    user.wait_for_status(session_id, later, "sent")
    assert [entry["text"] for entry in received(whatsapp, tenant)] == ["ack withheld", "after the crash"]
    assert copies_at_server(whatsapp, office, seen["id"]) == 1
    whatsapp.read(tenant, seen["id"])
    message = user.wait_for_status(session_id, message_id, "read")
    assert message.error is None


@pytest.mark.slow
def test_a_worker_killed_before_whatsmeow_began_sends_after_all(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """whatsmeow's table of secrets is locked, so that the send has begun in our rows only."""
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("LOCK TABLE whatsmeow.whatsmeow_message_secrets IN EXCLUSIVE MODE")
        message_id = user.send(session_id, tenant, "begun only")
        user.wait_for_status(session_id, message_id, "sending")
        wait_for(lambda: _end_waiting(gateway, kill=False), lambda count: count == 1)
        workers(connector.pid)[0].kill()
        assert _end_waiting(gateway, kill=True) == 1
    message = user.wait_for_status(session_id, message_id, "delivered")
    assert [entry["text"] for entry in received(whatsapp, tenant)] == ["begun only"]
    assert copies_at_server(whatsapp, office, message.message_id) == 1


@pytest.mark.slow
def test_a_worker_killed_after_the_ack_and_before_the_row(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """The row of the session is locked, so that the outcome cannot be written."""
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    whatsapp.fault(withholdAcks={"number": office})
    message_id = user.send(session_id, tenant, "acknowledged")
    whatsapp.wait_for_text(tenant, "acknowledged")
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR UPDATE", [session_id])
        whatsapp.clear_faults()
        whatsapp.fault(drop={"number": office})
        wait_for(lambda: _waits_for_lock(gateway), lambda waiting: waiting)
        workers(connector.pid)[0].kill()
    message = user.wait_for_status(session_id, message_id, "unknown", "sent", "delivered")
    assert message.message_id == received(whatsapp, tenant)[0]["id"]
    user.wait_for_state(session_id, "connected")
    assert len(received(whatsapp, tenant)) == 1


def test_a_connection_dropped_before_the_ack(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    """whatsmeow repeats the same message after its reconnect; the recipient shows it once."""
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.fault(withholdAcks={"count": 1, "number": office})
    message_id = guest.send(session_id, tenant, "dropped before the ack")
    whatsapp.wait_for_text(tenant, "dropped before the ack")
    whatsapp.fault(drop={"number": office})
    message = guest.wait_for_status(session_id, message_id, "sent", "delivered")
    assert [entry["id"] for entry in received(whatsapp, tenant)] == [message.message_id]


def _end_waiting(gateway: Gateway, *, kill: bool) -> int:
    """Statements of whatsmeow that wait for a lock; ended, so that none runs after its process has died."""
    with psycopg.connect(gateway.database.admin) as connection:
        row = connection.execute(
            "SELECT count(CASE WHEN %s THEN pg_terminate_backend(pid) ELSE true END) FROM pg_stat_activity"
            " WHERE usename = 'gateway_whatsmeow' AND wait_event_type = 'Lock' AND datname = current_database()",
            [kill],
        ).fetchone()
        return int(row[0]) if row else 0


def _waits_for_lock(gateway: Gateway) -> bool:
    with psycopg.connect(gateway.database.admin) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gateway-worker'"
            " AND wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
        return bool(row and row[0])


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_an_ack_that_never_comes(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    """whatsmeow waits 75 s for it."""
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    whatsapp.change_phone(tenant, autoReceipts=False)
    whatsapp.fault(withholdAcks={"count": 1, "number": office})
    message_id = guest.send(session_id, tenant, "never acknowledged")
    message = guest.wait_for_status(session_id, message_id, "unknown", timeout=100)
    assert message.message_id == received(whatsapp, tenant)[0]["id"]
    assert guest.session(session_id).connection_status == "connected"
