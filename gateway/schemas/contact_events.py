"""Events of contacts."""

from __future__ import annotations

from typing import Literal

from gateway.domain.events import EventType
from gateway.schemas.event_body import EventBody, example
from gateway.schemas.event_data import ContactsImportedData, ContactUpdatedData
from gateway.schemas.messages import RECEIVED


class ContactUpdatedEvent(EventBody):
    """A contact is called otherwise now, is new in the phone's address book, or blocked, or has another picture."""

    model_config = example(
        EventType.CONTACT_UPDATED,
        {"chatId": RECEIVED["chatId"], "jid": "118367280017461@lid", "name": "Mara Lindqvist", "blocked": False},
    )
    type: Literal[EventType.CONTACT_UPDATED]
    data: ContactUpdatedData


class ContactsImportedEvent(EventBody):
    """Many contacts have come from the phone's address book, or have changed at once: no event tells of each."""

    model_config = example(EventType.CONTACTS_IMPORTED, {"count": 312})
    type: Literal[EventType.CONTACTS_IMPORTED]
    data: ContactsImportedData
