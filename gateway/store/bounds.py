"""How large anything from outside may be before it is stored. Pure.

An identifier that is longer is no identifier: shortened, it might be another's. Texts are shortened, and what does not
fit into JSON is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from gateway.domain.phone import Address
from gateway.domain.records import with_values
from gateway.store.incoming import Incoming

# WhatsApp's own are below 64; an index of PostgreSQL takes 2,704 bytes.
IDENTIFIER_CHARACTERS = 255
NAME_CHARACTERS = 255
# WhatsApp's own limit of a text.
TEXT_CHARACTERS = 65_536
# A group has up to 1,024 members; a receipt is for what waited while a phone was off.
ITEMS = 2_048
JSON_CHARACTERS = 262_144
JSON_DEPTH = 16

_FIELDS = tuple(item.name for item in fields(Incoming))
_REQUIRED = ("message_id", "group_jid")
_REFERENCES = ("quoted_id", "target_id")
_ELLIPSIS = "…"


class OutOfBounds(ValueError):
    """An identifier that WhatsApp does not make; the event cannot be stored."""


def is_identifier(text: str) -> bool:
    """Return whether an id or JID can be stored and looked up."""
    return 0 < len(text) <= IDENTIFIER_CHARACTERS


def identifiers(texts: Iterable[str]) -> list[str]:
    """Return those that can be stored, at most ITEMS of them."""
    return [text for text in texts if is_identifier(text)][:ITEMS]


def bounded(incoming: Incoming) -> Incoming:
    """Return the message so that it can be stored. Raises OutOfBounds."""
    return with_values(incoming, {name: _field(name, getattr(incoming, name)) for name in _FIELDS})


def _field(name: str, value: Any) -> Any:  # noqa: ANN401
    match value:
        case None | bool():
            return value
        case str() if name in _REQUIRED:
            return _required(value)
        case str() if name in _REFERENCES:
            return value if is_identifier(value) else None
        case str():
            return shortened(value, NAME_CHARACTERS if name == "push_name" else TEXT_CHARACTERS)
        case Address():
            return _address(value)
        case list():
            return identifiers(value)
        case dict():
            return bounded_json(value)
        case _:
            return value


def _address(address: Address) -> Address:
    for part in (address.lid, address.phone_number):
        if part:
            _required(part)
    return address


def _required(identifier: str) -> str:
    if not is_identifier(identifier):
        raise OutOfBounds
    return identifier


def shortened(text: str, characters: int) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= characters else text[: characters - 1] + _ELLIPSIS


def bounded_json(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object whose texts, lists and nesting are bounded, and the whole as well."""
    return _Json().object(value, JSON_DEPTH)


class _Json:
    """What was taken so far counts against what may follow: the first things fit in."""

    def __init__(self) -> None:
        self._left = JSON_CHARACTERS

    def object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        self._left -= 2
        for key, item in list(value.items())[:ITEMS]:
            if self._left <= 0:
                break
            kept[self._text(key, NAME_CHARACTERS)] = self._value(item, depth - 1)
        return kept

    def _value(self, value: Any, depth: int) -> Any:  # noqa: ANN401
        match value:
            case str():
                return self._text(value, TEXT_CHARACTERS)
            case dict() | list() if depth <= 0:
                return None
            case dict():
                return self.object(value, depth)
            case list():
                return self._list(value, depth)
            case _:
                self._left -= 8
                return value

    def _list(self, values: list[Any], depth: int) -> list[Any]:
        kept = []
        self._left -= 2
        for value in values[:ITEMS]:
            if self._left <= 0:
                break
            kept.append(self._value(value, depth - 1))
        return kept

    def _text(self, text: str, characters: int) -> str:
        kept = shortened(text, min(characters, max(self._left, 1)))
        self._left -= len(kept)
        return kept
