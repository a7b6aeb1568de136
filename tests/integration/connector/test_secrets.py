"""The secrets of messages, which whatsmeow keeps for ever, go with their time."""

from __future__ import annotations

from uuid import UUID

import psycopg

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for
from tests.stack import Gateway

_SECRETS = "SELECT message_id FROM whatsmeow.whatsmeow_message_secrets WHERE our_jid = %s"
# Nobody misses a status post.
_ADD = """
    INSERT INTO whatsmeow.whatsmeow_message_secrets
        (our_jid, chat_jid, sender_jid, message_id, key, gateway_stored_at)
    VALUES (%s, 'status@broadcast', '1@lid', %s, %s, now() - make_interval(days => %s))
"""


def _add(gateway: Gateway, device_jid: str | None, days: dict[str, int]) -> None:
    with psycopg.connect(gateway.database.admin) as connection:
        for message_id, old in days.items():
            connection.execute(_ADD, [device_jid, message_id, b"s" * 32, old])


def _ids(gateway: Gateway, user: User, session_id: UUID) -> set[str]:
    with psycopg.connect(gateway.database.admin) as connection:
        return {str(id) for (id,) in connection.execute(_SECRETS, [user.session(session_id).device_jid])}


def test_who_takes_a_session_over_deletes_the_old_ones_once_all_is_accounted_for(
    gateway: Gateway, user: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    connector = gateway.start_connector()
    office, tenant = phone(), phone()
    session_id = user.link(office)
    connector.stop()
    _add(gateway, user.session(session_id).device_jid, {"OLD": 181, "YOUNG": 179})
    whatsapp.send(tenant, office, "with a secret of its own")
    gateway.start_connector()
    user.wait_for_texts(session_id, "with a secret of its own")
    kept = wait_for(lambda: _ids(gateway, user, session_id), lambda ids: "OLD" not in ids)
    assert "YOUNG" in kept
    assert user.events(session_id, "message.lost") == []
