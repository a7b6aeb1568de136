"""Contacts and numbers as the API shows and takes them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from gateway.domain.contacts import MAX_CHECKED_NUMBERS, PictureState
from gateway.domain.media import media_path
from gateway.domain.phone import Address
from gateway.schemas.base import Moment, RequestBody, ResponseBody, Text, shown
from gateway.store.contact_pages import ShownContact
from gateway.store.numbers import CheckedNumber

_SESSION_ID = "0198c7a6-1b2b-7a1e-b0c4-5a7be1f0d2a1"
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
    "pictureUrl": f"/sessions/{_SESSION_ID}/media/0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a97",
    "lastMessageAt": "2026-08-21T09:40:02.000Z",
}
_NUMBER: JsonDict = {
    "number": "+4915112345678",
    "registered": True,
    "jid": "118367280017461@lid",
    "phoneNumber": "+4915112345678",
    "checkedAt": "2026-08-21T09:40:02.000Z",
}


class Picture(StrEnum):
    """What is known of a picture: `unknown` until the contact is read by itself."""

    AVAILABLE = "available"
    HIDDEN = "hidden"
    NOT_SET = "not_set"
    UNKNOWN = "unknown"


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
    picture: Picture = Field(description="`hidden`: this number may not see it; `unknown`: WhatsApp was not asked yet.")
    picture_url: str | None = Field(
        description="Where the picture is, as files of messages are; while it is fetched that answers 409."
    )
    last_message_at: Moment | None

    @classmethod
    def of(cls, contact: ShownContact) -> ContactBody:
        file = contact.picture_file
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
            picture=_picture(contact),
            picture_url=media_path(contact.session_id, file) if file else None,
            last_message_at=contact.last_message_at,
        )


def _picture(contact: ShownContact) -> Picture:
    if contact.picture_file:
        return Picture.AVAILABLE
    if contact.picture_state in (PictureState.HIDDEN, PictureState.NOT_SET):
        return Picture(contact.picture_state)
    return Picture.UNKNOWN


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
