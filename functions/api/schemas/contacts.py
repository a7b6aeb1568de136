"""Contacts and numbers as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from functions.api.schemas.pictures import EXAMPLE_URL, KnownPicture, PictureUrl, picture_fields
from gateway.domain.contacts import MAX_CHECKED_NUMBERS
from gateway.domain.phone import Address
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.contact_pages import ShownContact
from gateway.store.numbers import CheckedNumber

_CONTACT: JsonDict = {
    "id": "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2c3",
    "jid": "118367280017461@lid",
    "lid": "118367280017461@lid",
    "phoneNumber": "+4915112345678",
    "name": "Mara Lindqvist",
    "savedName": "Mara Lindqvist",
    "businessName": None,
    "pushName": "Mara",
    "blocked": False,
    "picture": "available",
    "pictureUrl": EXAMPLE_URL,
    "lastMessageAt": "2026-08-21T09:40:02.000Z",
}
_NUMBER: JsonDict = {
    "number": "+4915112345678",
    "registered": True,
    "jid": "118367280017461@lid",
    "phoneNumber": "+4915112345678",
    "checkedAt": "2026-08-21T09:40:02.000Z",
}


class ContactBody(ResponseBody):
    """Who is in the phone's address book, or wrote, or was written to; `id` is also that of the chat."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CONTACT]})

    id: UUID
    jid: str = Field(description="The LID where it is known, else the JID of the number.")
    lid: str | None
    phone_number: str | None
    name: str | None = Field(description="The best name: saved, else of a business, else the person's own.")
    saved_name: str | None = Field(description="In the address book of the phone.")
    business_name: str | None
    push_name: str | None = Field(description="How the person calls itself.")
    blocked: bool
    picture: KnownPicture
    picture_url: PictureUrl
    last_message_at: Moment | None

    @classmethod
    def of(cls, contact: ShownContact) -> ContactBody:
        return cls(
            id=contact.id,
            jid=contact.jid,
            lid=contact.lid,
            phone_number=contact.phone_number,
            name=contact.name,
            saved_name=contact.saved_name,
            business_name=contact.business_name,
            push_name=contact.push_name,
            blocked=contact.blocked,
            **picture_fields(contact.session_id, contact.picture_state, contact.picture_file),
            last_message_at=contact.last_message_at,
        )


class ContactPage(ResponseBody):
    """By name; who has none by number."""

    contacts: list[ContactBody]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class BlockedBody(ResponseBody):
    """The block list, by name."""

    blocked: list[ContactBody]


class CheckNumbers(RequestBody):
    """Numbers to ask for."""

    model_config = shown({"numbers": ["+4915112345678"]})

    numbers: Annotated[list[Annotated[Text, Field(max_length=64)]], Field(min_length=1, max_length=MAX_CHECKED_NUMBERS)]


class NumberBody(ResponseBody):
    """Whether a number is on WhatsApp, and when WhatsApp said so."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NUMBER]})

    number: str = Field(description="What was asked for, in E.164.")
    registered: bool
    jid: str | None = Field(description="By which address the person is reached; null where nobody is.")
    phone_number: str | None = Field(description="By which number WhatsApp knows the account, which may be another.")
    checked_at: Moment

    @classmethod
    def of(cls, number: CheckedNumber) -> NumberBody:
        known_by = (number.answered or number.phone_number) if number.registered else None
        return cls(
            number=number.phone_number,
            registered=number.registered,
            jid=Address(number.lid, known_by).jid if known_by else None,
            phone_number=known_by,
            checked_at=number.checked_at,
        )


class CheckedNumbers(ResponseBody):
    """In the order in which they were asked for."""

    numbers: list[NumberBody]
