"""Phone numbers and WhatsApp addresses (JIDs)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from gateway.domain.errors import InvalidPhoneNumber

_ADDRESS = re.compile(r"([0-9]+)(?:[.:][0-9]+)?@(s\.whatsapp\.net|c\.us|lid)")
_MAX_DIGITS = 15
# Numbering plans that changed: WhatsApp keeps the spelling by which an account was registered, people write either.
# Mexico's 1 before mobile numbers, Argentina's 9, and the ninth digit of Brazil's mobile numbers, which begin with 6-9.
_SPELLINGS = (
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+52(\d{10})"), r"+521\1"),
    (re.compile(r"\+549([1-3]\d{9})"), r"+54\1"),
    (re.compile(r"\+54([1-3]\d{9})"), r"+549\1"),
    (re.compile(r"\+55(\d\d)9([6-9]\d{7})"), r"+55\1\2"),
    (re.compile(r"\+55(\d\d)([6-9]\d{7})"), r"+55\g<1>9\2"),
)


def parse_phone_number(text: str, field: str = "to") -> str:
    """Normalise what a person typed to E.164. Raise InvalidPhoneNumber unless it is possible in any of its spellings.

    It need not be assigned, as numbering plans lag.
    """
    candidate = text.strip()
    if re.fullmatch(r"[0-9][0-9 ()./-]*", candidate):
        candidate = "+" + candidate.removeprefix("00")
    try:
        number = phonenumbers.parse(candidate)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhoneNumber(
            field, "Write the phone number with its country code, such as +4915112345678."
        ) from error
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    others = [phonenumbers.parse(spelling) for spelling in spellings(normal)[1:]]
    if number.extension or not any(map(phonenumbers.is_possible_number, [number, *others])):
        raise InvalidPhoneNumber(field, "This cannot be a phone number: its length does not fit its country.")
    return normal


def spellings(phone_number: str) -> list[str]:
    """Return the E.164 number and the other one that leads to the same subscriber, where its country has two."""
    others = [pattern.sub(other, phone_number) for pattern, other in _SPELLINGS if pattern.fullmatch(phone_number)]
    return [phone_number, *others]


def delivered_number(text: str) -> str | None:
    """Return the digits of what a person typed as WhatsApp would write the number; None for what is no number at all.

    No numbering plan is asked: only a number that WhatsApp has delivered may be used so.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is not None:
        return f"+{match[1]}" if match[2] != "lid" else None
    if not re.fullmatch(r"\+?[0-9][0-9 ()./-]*", text.strip()):
        return None
    digits = re.sub(r"[^0-9]", "", text).removeprefix("00")
    return f"+{digits}" if 0 < len(digits) <= _MAX_DIGITS else None


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


def address_of(jid: str) -> Address:
    """Return the LID or the number of a JID that WhatsApp delivered; neither where it is nobody's."""
    return Address(lid=jid) if jid.endswith("@lid") else Address(phone_number=delivered_number(jid))


def parse_recipient(text: str, field: str = "to") -> Address:
    """Parse a phone number in any common spelling, or a user's JID. Raise InvalidPhoneNumber."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        return Address(phone_number=parse_phone_number(text, field))
    user, server = match.groups()
    if server == "lid":
        return Address(lid=f"{user}@lid")
    return Address(phone_number=parse_phone_number("+" + user, field))
