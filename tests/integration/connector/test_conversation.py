"""The main job: a number is linked, texts go both ways."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User
from tests.stack import Gateway


def test_link_send_and_receive(gateway: Gateway, whatsapp: WhatsAppControl, user: User, phone: MakePhone) -> None:
    gateway.start_connector()
    office, tenant = phone("Office"), phone("Tenant")
    session_id = user.link(office)
    assert user.session(session_id).phone_number == office

    sent = user.send(session_id, tenant, "Hello from the office")
    message = user.wait_for_status(session_id, sent, "sent", "delivered", "read")
    seen = whatsapp.wait_for_text(tenant, "Hello from the office")
    assert seen["id"] == message.message_id
    user.wait_for_status(session_id, sent, "delivered")
    whatsapp.read(tenant, seen["id"])
    user.wait_for_status(session_id, sent, "read")

    whatsapp.send(tenant, office, "Hello back 👋")
    user.wait_for_texts(session_id, "Hello back 👋")
