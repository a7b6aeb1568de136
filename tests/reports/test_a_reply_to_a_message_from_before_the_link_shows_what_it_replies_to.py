"""A contact replied to a message from before the number was linked: "yes" to what could not be known."""

from __future__ import annotations

from gateway.schemas.messages import MessageBody
from gateway.schemas.related import Related
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_a_reply_to_a_message_from_before_the_link_shows_what_it_replies_to(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    question_id = whatsapp.send(office, tenant, "Does Tuesday suit you?")
    session_id = guest.link(office)
    whatsapp.send_kind(tenant, to=office, text="Yes", quotes=question_id)
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    shown = MessageBody.of(message, Related()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert (shown["content"], shown["quotedMessageId"]) == ("Yes", question_id)
    assert shown["quote"] == {
        "messageId": question_id,
        "senderLid": whatsapp.phone(office)["lid"],
        "messageType": "text",
        "text": "Does Tuesday suit you?",
    }
