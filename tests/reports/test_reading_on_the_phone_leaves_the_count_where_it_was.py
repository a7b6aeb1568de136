"""The receipt of an account that sends read receipts has the type that others' have, and was taken for one of those."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_reading_on_the_phone_leaves_the_count_where_it_was(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    first, last = (whatsapp.send(tenant, office, text) for text in ("one", "two"))
    guest.wait_for_texts(session_id, "two")
    whatsapp.send_kind(tenant, kind="reaction", messageId=first, emoji="👍")
    wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 3)
    for id in (first, last):
        whatsapp.read(office, id)
    wait_for(lambda: guest.chats(session_id)[0].unread_count, lambda unread: unread == 0)
