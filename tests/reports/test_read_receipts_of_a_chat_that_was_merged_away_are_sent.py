"""A chat was marked as read, then merged into another one; the receipts were tried for ever and nothing else left."""

from __future__ import annotations

import psycopg

from gateway.domain.commands import CommandKind
from gateway.domain.phone import Address
from gateway.store import chats, commands, sessions
from gateway.store.database import Database
from gateway.store.fence import fenced
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User
from tests.stack import Gateway


def test_the_chat_that_took_it_in_is_read(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl, shared_gateway: Gateway, owners_database: Database
) -> None:
    office, tenant = phone(), phone()
    session_id, lid = guest.link(office), str(whatsapp.phone(tenant)["lid"])
    sent = whatsapp.send(tenant, office, "unread")
    guest.wait_for_texts(session_id, "unread")
    with psycopg.connect(shared_gateway.database.admin) as connection:
        connection.execute("UPDATE gateway.chats SET phone_number = NULL WHERE session_id = %s", [session_id])
    with fenced(owners_database, session_id, guest.session(session_id).epoch) as fence:
        session = sessions.select(fence.connection, "s.id = %(id)s", {"id": session_id})[0]
        by_number = chats.with_person(fence.connection, session_id, Address(phone_number=tenant))
        payload = {"chatId": str(by_number.id)}
        commands.enqueue(fence.connection, session, CommandKind.MARK_READ, payload, expires_seconds=3600.0)
        assert chats.with_person(fence.connection, session_id, Address(lid, tenant)).id != by_number.id
    whatsapp.wait_for_status(tenant, sent, "read")
