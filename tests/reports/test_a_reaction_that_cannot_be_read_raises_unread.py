"""A thumbs-up that could not be decrypted was shown as a message that is waited for, and counted as unread for ever."""

from __future__ import annotations

from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_a_reaction_that_cannot_be_read_raises_unread(guest: User, phone: MakePhone, whatsapp: WhatsAppControl) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    text_id = whatsapp.send(tenant, office, "done?")
    guest.wait_for_texts(session_id, "done?")
    whatsapp.fault(corrupt={"count": 1, "number": office})
    whatsapp.send_kind(tenant, kind="reaction", messageId=text_id, emoji="👍")
    text, reaction = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 2)
    assert (reaction.message_type, reaction.content, reaction.target_id) == ("reaction", "👍", text_id)
    assert guest.events(session_id, "message.undecryptable") == []
    [chat] = guest.chats(session_id)
    assert (chat.unread_count, chat.last_message_id) == (1, text.id)
