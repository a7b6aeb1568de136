"""The request bodies of the control API; unknown keys are refused."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from infra.local.whatsapp.look_ups import Named

_E164 = re.compile(r"\+?([1-9][0-9]{6,14})")
_SEPARATORS = re.compile(r"[\s()./\u2010-\u2015-]|^\s*00")
_JID = re.compile(r"[0-9-]+@(g\.us|broadcast|newsletter)|status@broadcast")
_MAX_TEXT = 65536
STATUS_POST = "status"
BROADCAST_LIST = "broadcast"


def _plain_number(text: str) -> str:
    """Return the digits of a number in any usual spelling: with spaces, dashes, dots, brackets, and + or 00."""
    match = _E164.fullmatch(_SEPARATORS.sub("", text))
    if not match:
        raise ValueError("A phone number has 7 to 15 digits and begins with its country code, such as +447700900101.")
    return match[1]


def _destination(text: str) -> str:
    return text if text in (STATUS_POST, BROADCAST_LIST) or _JID.fullmatch(text) else _plain_number(text)


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise ValueError("This is not base64.") from error


Picture = Annotated[bytes, BeforeValidator(_decoded)]
"""A JPEG in base64; empty to have none."""
Number = Annotated[str, AfterValidator(_plain_number)]
Destination = Annotated[str, AfterValidator(_destination)]
"""A number, the address of a group, list or newsletter, or one of the words above."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class NewPhone(Body):
    number: Number
    name: str = Field(default="", max_length=100)


class PhoneChange(Body):
    """number: the account moves to it. aliases: other numbers by which it is found; named: what look-ups answer."""

    name: str | None = Field(default=None, min_length=1, max_length=100)
    auto_receipts: bool | None = None
    number: Number | None = None
    aliases: list[Number] | None = None
    named: Named | None = None


class Scan(Body):
    """Either the text of a QR code, or a pairing code."""

    qr: str | None = None
    code: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Scan:
        if (self.qr is None) == (self.code is None):
            raise ValueError("Give either qr or code.")
        return self


class MessageQuery(Body):
    """Which of a phone's messages: that of an id, those after a seq, or the last ones that are new since a cursor."""

    id: str | None = None
    after: int = Field(default=0, ge=0)
    changed_after: int | None = Field(default=None, ge=0)
    last: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one(self) -> MessageQuery:
        if len(self.model_fields_set - {"last"}) > 1 or (self.last is not None and self.after):
            raise ValueError("Give one of id, after and changedAfter.")
        return self


class NewMessage(Body):
    """recipients: the members of a broadcast list, or the only ones who get a status post or newsletter message.

    quotes: the id of the message that it replies to, which this phone knows. forwarded: how often it was forwarded.
    expires: after how many seconds the message disappears.
    """

    to: Destination
    recipients: list[Number] | None = Field(default=None, min_length=1)
    quotes: str | None = None
    mentions: list[Number] = Field(default_factory=list)
    forwarded: int = Field(default=0, ge=0, le=127)
    expires: int = Field(default=0, ge=0)


class TextMessage(NewMessage):
    kind: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=_MAX_TEXT)


class LocationMessage(NewMessage):
    kind: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = ""
    address: str = ""
    url: str = ""


class LiveLocation(NewMessage):
    """Where somebody is now; those that follow in the chat, with higher `sequence`, say where they have moved."""

    kind: Literal["live_location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    caption: str = ""
    accuracy: int = Field(default=10, ge=0)
    speed: float = Field(default=0.0, ge=0)
    bearing: int = Field(default=0, ge=0, le=360)
    sequence: int = Field(default=1, ge=1)


class _AboutMessage(Body):
    to: Destination | None = None
    message_id: str


class Reaction(_AboutMessage):
    kind: Literal["reaction"]
    emoji: str


class Vote(_AboutMessage):
    """The options that are chosen now, in place of those before; none takes the vote back."""

    kind: Literal["vote"]
    options: list[str]


class Edit(_AboutMessage):
    """sealed: with the secret of the message. forged: the phone claims to have written what another wrote."""

    kind: Literal["edit"]
    text: str = Field(min_length=1, max_length=_MAX_TEXT)
    sealed: bool = False
    forged: bool = False


class Delete(_AboutMessage):
    """forged: the phone claims to have written what another wrote, or to be an admin of the group."""

    kind: Literal["delete"]
    forged: Literal["author", "admin"] | None = None


class Typing(Body):
    to: Destination
    state: Literal["composing", "recording", "paused"]


class Reading(Body):
    message_id: str


class Unlinking(Body):
    """One linked device; without a number all of them."""

    device: int | None = Field(default=None, ge=1)
