"""Contacts that we send, as vCards (RFC 2426) in the way phones write them."""

from __future__ import annotations

import re

from gateway.domain.content import ContactCard, Phone

_SPECIAL = re.compile(r"([\\;,])")
_LINE_END = re.compile(r"\r\n|\r|\n")


def vcard(card: ContactCard) -> str:
    """Return a card; a phone number that has an account on WhatsApp leads to its chat (`waid`)."""
    name = escaped(card.name or "")
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:;{name};;;", f"FN:{name}"]
    if card.organisation:
        lines.append(f"ORG:{escaped(card.organisation)};")
    lines += [_phone(phone) for phone in card.phones]
    lines += [f"EMAIL;type=INTERNET:{escaped(email)}" for email in card.emails]
    lines += [f"URL:{escaped(url)}" for url in card.urls]
    lines += [f"ADR:;;{escaped(address)};;;;" for address in card.addresses]
    others = {"TITLE": card.title, "BDAY": card.birthday, "NOTE": card.note}
    lines += [f"{name}:{escaped(value)}" for name, value in others.items() if value]
    return "\n".join([*lines, "END:VCARD"])


def escaped(text: str) -> str:
    """Return a value in which nothing has a meaning of its own: no separator, and no line that it could begin."""
    return _LINE_END.sub(r"\\n", _SPECIAL.sub(r"\\\1", text))


def _phone(phone: Phone) -> str:
    account = f";waid={phone.whatsapp.removeprefix('+')}" if phone.whatsapp else ""
    label = phone.label.upper() if phone.label and phone.label.isalnum() else "CELL"
    return f"TEL;type={label};type=VOICE{account}:{escaped(phone.number)}"
