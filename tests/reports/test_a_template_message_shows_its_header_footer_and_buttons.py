"""A template of a business came as its body only: where its buttons led could not be known."""

from __future__ import annotations

from gateway.schemas.messages import MessageBody
from gateway.schemas.related import Related
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_a_template_message_shows_its_header_footer_and_buttons(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, shop = phone(), phone("Shop")
    session_id = guest.link(office)
    whatsapp.send_kind(
        shop,
        to=office,
        kind="template",
        header="Order 7",
        body="It is on its way.",
        footer="Shop",
        buttons=[{"text": "Track", "url": "https://shop.example/7"}, {"text": "Stop", "id": "stop"}],
    )
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    shown = MessageBody.of(message, Related()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert (shown["messageType"], shown["content"]) == ("template", "It is on its way.")
    assert shown["details"] == {
        "kind": "template",
        "header": {"type": "text", "text": "Order 7"},
        "body": "It is on its way.",
        "footer": "Shop",
        "buttons": [
            {"action": "url", "text": "Track", "value": "https://shop.example/7"},
            {"action": "reply", "text": "Stop", "id": "stop"},
        ],
    }
