"""Two rows of a list had the same title; only the row's id says which was chosen."""

from __future__ import annotations

from gateway.schemas.messages import MessageBody
from gateway.schemas.related import Related
from infra.local.whatsapp.client import WhatsAppControl
from tests.integration.connector.conftest import MakePhone
from tests.integration.connector.user import User, wait_for


def test_an_answer_to_a_list_tells_which_row_was_chosen(
    guest: User, phone: MakePhone, whatsapp: WhatsAppControl
) -> None:
    office, tenant = phone(), phone()
    session_id = guest.link(office)
    row = {"id": "viewing-2", "title": "Monday", "description": "afternoon"}
    whatsapp.send_kind(tenant, to=office, kind="list_reply", row=row)
    (message,) = wait_for(lambda: guest.messages(session_id), lambda found: len(found) == 1)
    shown = MessageBody.of(message, Related()).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert (shown["messageType"], shown["content"]) == ("list_reply", "Monday")
    assert shown["details"]["selectedId"] == "viewing-2"
    assert shown["details"]["description"] == "afternoon"
