"""Since May 2026 phones seal edits; they came as messages of an unknown kind, and the old text stayed."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User


def test_an_edit_is_sealed_with_the_secret_of_its_message(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    text_id = whatsapp.send(tenant, office, "five o'clock")
    whatsapp.send_kind(tenant, kind="edit", messageId=text_id, text="six o'clock", sealed=True)
    whatsapp.send_kind(tenant, kind="edit", messageId=text_id, text="seven o'clock", sealed=True)
    guest.wait_for_texts(session_id, "seven o'clock")
    [message] = guest.messages(session_id)
    assert (message.message_id, message.message_type) == (text_id, "text")
    assert message.edited_at is not None
    # Both were made within a second, and both count.
    assert len(guest.wait_for_events(session_id, "message.edited", 2)) == 2
