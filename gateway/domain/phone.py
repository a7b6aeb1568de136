"""Phone numbers and WhatsApp addresses (JIDs)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from gateway.domain.errors import InvalidPhoneNumber

_ADDRESS = re.compile(r"([0-9]+)(?:[.:][0-9]+)?@(s\.whatsapp\.net|c\.us|lid)")


def parse_phone_number(text: str, field: str = "to") -> str:
    """Normalise to E.164. Raise InvalidPhoneNumber unless possible; it need not be assigned, as numbering plans lag."""
    candidate = text.strip()
    if re.fullmatch(r"[0-9][0-9 ()./-]*", candidate):
        candidate = "+" + candidate.removeprefix("00")
    try:
        number = phonenumbers.parse(candidate)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhoneNumber(
            field, "Write the phone number with its country code, such as +4915112345678."
        ) from error
    if number.extension or not phonenumbers.is_possible_number(number):
        raise InvalidPhoneNumber(field, "This cannot be a phone number: its length does not fit its country.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Address:
    """A person on WhatsApp, by LID (`…@lid`), by phone number (E.164), or by both."""

    lid: str | None = None
    phone_number: str | None = None

    @property
    def jid(self) -> str:
        """The LID where known, else the JID of the phone number. Raise ValueError when neither is known."""
        if self.lid:
            return self.lid
        if self.phone_number:
            return phone_jid(self.phone_number)
        raise ValueError("an address needs a LID or a phone number")


def phone_jid(phone_number: str) -> str:
    """Return the user JID of an E.164 number."""
    return f"{phone_number.removeprefix('+')}@s.whatsapp.net"


def parse_recipient(text: str, field: str = "to") -> Address:
    """Parse a phone number in any common spelling, or a user's JID. Raise InvalidPhoneNumber."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        return Address(phone_number=parse_phone_number(text, field))
    user, server = match.groups()
    if server == "lid":
        return Address(lid=f"{user}@lid")
    return Address(phone_number=parse_phone_number("+" + user, field))
