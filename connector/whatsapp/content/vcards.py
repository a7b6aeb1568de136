"""Contacts as vCards (RFC 2426 and 6350, as phones write them), read without raising whatever is in them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from connector.whatsapp.content.described import Described
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import ContactCard, Contacts, Phone

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r'(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<parameters>(?:;(?:"[^"]*"|[^":])*?)?):(?P<value>.*)')
_ESCAPED = re.compile(r"\\(.)")
# A backslash takes the meaning from the character after it; one at the end has none, and must match all the same, or
# every part of a long value is tried.
_PART = re.compile(r"((?:\\.?|[^\\;])*)(?:;|$)")
_NOT_LABELS = frozenset({"pref", "voice", "internet", "uri"})


@dataclass(frozen=True, slots=True)
class _Property:
    group: str
    parameters: dict[str, list[str]]
    value: str

    @property
    def text(self) -> str:
        """The value without escapes."""
        return _unescaped(self.value)

    @property
    def parts(self) -> list[str]:
        """The components of a structured value, without escapes; empty ones are left out."""
        return [text for part in _PART.findall(self.value) if (text := _unescaped(part))]


def contact(value: e2e_pb2.ContactMessage) -> Described:
    return Described("contact", value.displayName or None, Contacts(kind="contact", contacts=_cards([value])))


def contacts(value: e2e_pb2.ContactsArrayMessage) -> Described:
    details = Contacts(kind="contacts", contacts=_cards(value.contacts))
    return Described("contacts", value.displayName or None, details)


def parse_vcard(text: str, name: str | None = None) -> ContactCard:
    """Return what a person sees of a card; `name` is its title where the card has none."""
    found = _properties(text)
    labels = {item.group: _label(item.text) for item in found["X-ABLABEL"] if item.group}
    names = [item.text for item in found["FN"]] + [" ".join(item.parts[1::-1]) for item in found["N"]]
    return ContactCard(
        name=next((each for each in names if each), name or None),
        organisation=_first(", ".join(item.parts) for item in found["ORG"]),
        title=_first(item.text for item in found["TITLE"]),
        phones=tuple(_phone(item, labels) for item in found["TEL"] if item.text),
        emails=tuple(item.text for item in found["EMAIL"] if item.text),
        urls=tuple(item.text for item in found["URL"] if item.text),
        addresses=tuple(", ".join(item.parts) for item in found["ADR"] if item.parts),
        birthday=_first(item.text for item in found["BDAY"]),
        note=_first(item.text for item in found["NOTE"]),
    )


def _cards(values: Iterable[e2e_pb2.ContactMessage]) -> tuple[ContactCard, ...]:
    return tuple(parse_vcard(value.vcard, value.displayName) for value in values)


def _phone(item: _Property, labels: dict[str, str]) -> Phone:
    types = [word.lower() for word in item.parameters.get("TYPE", []) if word.lower() not in _NOT_LABELS]
    account = next(iter(item.parameters.get("WAID", [])), "")
    number = item.text.removeprefix("tel:")
    return Phone(
        number=number,
        label=labels.get(item.group) or (types[0] if types else None),
        whatsapp=f"+{account}" if account.isascii() and account.isdigit() else None,
    )


def _label(text: str) -> str:
    """Return a label of Apple's address book, whose own ones are written _$!<Mobile>!$_."""
    return text.removeprefix("_$!<").removesuffix(">!$_")


def _properties(text: str) -> dict[str, list[_Property]]:
    found: dict[str, list[_Property]] = defaultdict(list)
    for line in _unfolded(text):
        if match := _LINE.fullmatch(line):
            parameters = _parameters(match["parameters"])
            found[match["name"].upper()].append(_Property(match["group"] or "", parameters, match["value"]))
    return found


def _unfolded(text: str) -> list[str]:
    """Return the logical lines: one that begins with white space continues the one before."""
    lines: list[list[str]] = []
    for line in _LINE_END.split(text):
        if lines and line[:1] in (" ", "\t"):
            lines[-1].append(line[1:])
        else:
            lines.append([line])
    return ["".join(parts) for parts in lines]


def _parameters(text: str) -> dict[str, list[str]]:
    """Return parameters by name; a bare word, as in vCard 2.1, is a type."""
    found: dict[str, list[str]] = defaultdict(list)
    for parameter in text.split(";"):
        name, equals, value = parameter.partition("=")
        if parameter:
            found[name.upper() if equals else "TYPE"] += (value if equals else name).strip('"').split(",")
    return found


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text).strip()


def _first(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if text), None)
