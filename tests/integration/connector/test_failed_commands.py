"""Whatever fails, it ends, and holds up nothing else."""

from __future__ import annotations

from functools import partial
from operator import eq
from uuid import UUID

from gateway.domain.access import Reach
from gateway.domain.commands import CommandKind
from gateway.domain.outbound import Text
from gateway.domain.phone import parse_recipient
from gateway.store import commands, outgoing, sessions
from gateway.store.drafts import Draft
from infra.local.whatsapp.client import Json, WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.processes import workers
from tests.integration.connector.user import UNLIMITED, User, wait_for
from tests.stack import Gateway


def row(user: User, command_id: UUID | None) -> Json:
    with user.database.transaction() as connection:
        found = connection.execute("SELECT * FROM gateway.commands WHERE id = %s", [command_id]).fetchone()
    assert found
    return found


def test_a_command_that_cannot_even_be_prepared_ends_and_sends_go_on(
    gateway: Gateway, user: User, phone: MakePhone
) -> None:
    gateway.start_connector(GATEWAY_COMMAND_ATTEMPTS="2")
    session_id, tenant = user.link(phone()), phone()
    with user.database.transaction() as connection:
        session = sessions.get(connection, Reach(user.id), session_id)
        unprepared: list[tuple[CommandKind, Json]] = [
            (CommandKind.MARK_READ, {}),
            (CommandKind.TYPING, {"chatId": "none", "composing": True}),
            (CommandKind.SEND_TEXT, {"messageId": str(session_id)}),
        ]
        broken = [
            commands.enqueue(connection, session, kind, payload, expires_seconds=3600.0) for kind, payload in unprepared
        ]
    user.wait_for_status(session_id, user.send(session_id, tenant, "goes out"), "delivered")
    for command_id in broken:
        ended = wait_for(partial(row, user, command_id), lambda found: found["status"] == "failed")
        assert (ended["error"], ended["attempts"]) == ("attempts_failed", 2)
        assert ended["error_detail"]


def test_a_send_that_ended_its_worker_each_time_ends(gateway: Gateway, user: User, phone: MakePhone) -> None:
    gateway.start_connector()
    session_id, tenant = user.link(phone()), phone()
    with user.database.transaction() as connection:
        session = sessions.lock(connection, Reach(user.id), session_id)
        drafts = [Draft(parse_recipient(tenant), Text(text)) for text in ("kills", "goes out")]
        lethal, later = (outgoing.queue(connection, session, draft, UNLIMITED, 3600.0) for draft in drafts)
        connection.execute(
            "UPDATE gateway.commands SET status = 'running', epoch = 0, attempts = 5"
            " WHERE payload ->> 'messageId' = %s",
            [str(lethal.id)],
        )
    assert user.wait_for_status(session_id, lethal.id, "failed").error == "attempts_failed"
    user.wait_for_status(session_id, later.id, "delivered")


def test_a_look_up_that_ended_its_worker_each_time_ends(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector(GATEWAY_COMMAND_ATTEMPTS="2")
    session_id, silent = user.link(phone()), phone()
    whatsapp.fault(failedLookup={"number": silent})
    message_id = user.send(session_id, silent, "to whom?")
    command_id = user.message(session_id, message_id).command_id
    for attempt in (1, 2):
        wait_for(lambda: row(user, command_id)["attempts"], partial(eq, attempt))
        workers(connector.pid)[0].kill()
        with user.database.transaction() as connection:
            # It takes long: its message was to wait for the answer.
            connection.execute("UPDATE gateway.commands SET not_before = NULL WHERE id = %s", [command_id])
    assert user.wait_for_status(session_id, message_id, "failed").error == "lookup_failed"


def test_a_lost_connection_is_not_an_attempt(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    gateway.start_connector(GATEWAY_COMMAND_ATTEMPTS="1")
    office, tenant = phone(), phone()
    session_id = user.link(office)
    whatsapp.fault(failedLookup={"number": tenant})
    message_id = user.send(session_id, tenant, "in the end")
    command_id = user.message(session_id, message_id).command_id
    wait_for(lambda: row(user, command_id)["attempts"], lambda attempts: attempts == 1)
    whatsapp.clear_faults()
    whatsapp.fault(drop={"number": office})
    user.wait_for_status(session_id, message_id, "delivered")
