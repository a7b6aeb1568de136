"""What cannot be processed holds up nobody, is seen, and is processed when the cause is gone."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from connector.sessions.trials import ATTEMPTS
from connector.whatsapp.library import e2e_pb2
from gateway.metrics import Metric
from gateway.store.event_log import LoggedEvent
from gateway.store.maintenance import gauges
from gateway.store.maintenance.reprocessing import retry_set_aside
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway
from tests.unit.connector_whatsapp import build

# Raises the SQLSTATE that a message names.
TRIGGER = """
    CREATE OR REPLACE FUNCTION gateway.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.content ~ '^raise \\w{5}$' THEN
            RAISE EXCEPTION 'refused' USING ERRCODE = substr(NEW.content, 7);
        END IF;
        RETURN NEW;
    END $$;
    CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON gateway.whatsapp_explorer_messages
        FOR EACH ROW EXECUTE FUNCTION gateway.refuse();
"""

# Whoever stores a message waits for a lock; whoever changes one, such as a worker that has just started, does not.
HOLD = """
    CREATE FUNCTION gateway.hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(4711);
        RETURN NEW;
    END $$;
    CREATE TRIGGER hold BEFORE INSERT ON gateway.whatsapp_explorer_messages
        FOR EACH ROW EXECUTE FUNCTION gateway.hold();
"""


def raw_message(message_id: str, text: str = "odd", push_name: str = "Maria") -> bytes:
    info = build.info(build.source(), message_id, push_name)
    return build.message_event(info, e2e_pb2.Message(conversation=text))


def deliver(gateway: Gateway, session_id: UUID, payload: bytes, attempts: int = 0) -> None:
    """Put an event into the inbox, as the client's callback does."""
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.inbox (session_id, kind, payload, attempts) VALUES (%s, 'Message', %s, %s)",
            [session_id, payload, attempts],
        )


def unprocessed(user: User, session_id: UUID, count: int = 1) -> list[LoggedEvent]:
    return user.wait_for_events(session_id, "message.unprocessed", count)


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("22001", "StringDataRightTruncation"),
        ("23514", "CheckViolation"),
        ("54000", "ProgramLimitExceeded"),
        ("57014", "QueryCanceled"),
        ("42501", "InsufficientPrivilege"),
        ("XX000", "InternalError_"),
    ],
)
def test_an_event_that_the_database_refuses_is_set_aside_and_retried(
    shared_gateway: Gateway, guest: User, phone: MakePhone, whatsapp: WhatsAppControl, sqlstate: str, error: str
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    with psycopg.connect(shared_gateway.database.admin) as connection:
        connection.execute(TRIGGER)
    refused = whatsapp.send(tenant, office, f"raise {sqlstate}")
    whatsapp.send(tenant, office, "not held up")
    guest.wait_for_texts(session_id, "not held up")
    (event,) = unprocessed(guest, session_id)
    assert event.data == {
        "kind": "message",
        "reason": error,
        "chat": whatsapp.phone(tenant)["lid"],
        "messageId": refused,
    }
    with psycopg.connect(shared_gateway.database.admin, row_factory=dict_row) as connection:
        assert gauges.read(connection)[Metric.EVENTS_SET_ASIDE] >= 1
        connection.execute("DROP TRIGGER refuse ON gateway.whatsapp_explorer_messages")
        assert retry_set_aside(connection, session_id) == 1
    guest.wait_for_texts(session_id, f"raise {sqlstate}")


def test_what_is_no_fault_of_an_event_is_waited_for(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Disk full: however often it is tried, the event stays the first."""
    gateway.start_connector()
    log = gateway.logs / "connector-0.log"
    office, tenant = phone(), phone()
    session_id = user.link(office)
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute(TRIGGER)
    whatsapp.send(tenant, office, "raise 53100")
    whatsapp.send(tenant, office, "behind it")
    wait_for(log.read_text, lambda text: text.count("the inbox waits") > 2 * ATTEMPTS)
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute("DROP TRIGGER refuse ON gateway.whatsapp_explorer_messages")
    user.wait_for_texts(session_id, "behind it")
    assert user.received(session_id) == ["raise 53100", "behind it"]
    assert user.events(session_id, "message.unprocessed") == []


def test_what_no_index_can_hold_is_set_aside(
    shared_gateway: Gateway, guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    deliver(shared_gateway, session_id, raw_message("3EB0" * 750))
    whatsapp.send(tenant, office, "not held up")
    guest.wait_for_texts(session_id, "not held up")
    (event,) = unprocessed(guest, session_id)
    assert event.data == {"kind": "message", "reason": "OutOfBounds", "chat": build.MARIA_LID}


def test_what_is_too_long_is_shortened(shared_gateway: Gateway, guest: User, phone: MakePhone) -> None:
    session_id = guest.link(phone())
    deliver(shared_gateway, session_id, raw_message("3EB0A1", "x" * 1_000_000, push_name="y" * 100_000))
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    assert (len(message.content or ""), len(message.push_name or "")) == (65_536, 255)
    assert guest.events(session_id, "message.unprocessed") == []


def test_an_event_that_kills_its_worker_is_set_aside(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    """Each worker is killed while it processes the event; the last one does not try it any more."""
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    with psycopg.connect(gateway.database.admin) as blocking:
        blocking.execute(HOLD)
        blocking.commit()
        blocking.execute("SELECT pg_advisory_lock(4711)")
        deliver(gateway, session_id, raw_message("3EB0A1"), attempts=4)
        for _ in range(2):
            [worker] = wait_for(lambda: workers(connector.pid), bool)
            wait_for(lambda: _blocked(gateway), bool)
            worker.kill()
            worker.wait(10)
            _end_blocked(gateway)
    whatsapp.send(tenant, office, "not held up")
    user.wait_for_texts(session_id, "not held up")
    (event,) = unprocessed(user, session_id)
    assert (event.data["reason"], event.data["messageId"]) == ("WorkerDied", "3EB0A1")
    assert user.received(session_id) == ["not held up"]


_BLOCKED = "FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"


def _blocked(gateway: Gateway) -> int:
    """Return in how many processes of PostgreSQL a worker waits to store a message."""
    with psycopg.connect(gateway.database.admin) as connection:
        return connection.execute(f"SELECT pid {_BLOCKED}").rowcount


def _end_blocked(gateway: Gateway) -> None:
    """PostgreSQL does not notice by itself that the client of a waiting statement is gone."""
    with psycopg.connect(gateway.database.admin) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {_BLOCKED}")
