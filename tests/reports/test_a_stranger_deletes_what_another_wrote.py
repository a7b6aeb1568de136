"""Whoever knows the id of a message, as all members of a group do, can send its deletion."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_a_stranger_deletes_what_another_wrote(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant, stranger = phone(), phone(), phone()
    session_id = guest.link(office)
    group = whatsapp.create_group(office, "House", [tenant, stranger])
    text_id = whatsapp.send(tenant, group, "the heating is broken")
    whatsapp.wait_for_text(stranger, "the heating is broken")
    whatsapp.send_kind(stranger, kind="delete", messageId=text_id, forged="author")
    whatsapp.send_kind(stranger, kind="delete", messageId=text_id, forged="admin")
    whatsapp.send_kind(stranger, kind="edit", messageId=text_id, text="all is well", forged=True)
    whatsapp.send(stranger, group, "done")
    guest.wait_for_texts(session_id, "done")
    # Also once it is known who the admins of the group are.
    wait_for(lambda: guest.command_status(session_id), lambda status: status is None)
    text, *kept, _ = guest.messages(session_id)
    assert (text.content, text.deleted_at, text.edited_at) == ("the heating is broken", None, None)
    assert [(message.message_type, message.target_id) for message in kept] == [
        ("delete", text_id),
        ("delete", text_id),
        ("edit", text_id),
    ]
