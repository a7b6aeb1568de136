"""The content of messages as JSON: camelCase names, a `kind`, times as the API writes them; what is unset is left out.

A row may be older or newer than this release: fields it does not know are ignored, a kind it does not know is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from gateway.domain.content import Details, Quote
from gateway.domain.times import iso


def to_document(content: Details | Quote | None) -> dict[str, Any] | None:
    """Return the JSON object of a content; None for none."""
    return None if content is None else _object(content)


def details_from(document: object) -> Details | None:
    """Return the details in a document; None where they are missing, malformed or of an unknown kind."""
    kind = document.get("kind") if isinstance(document, Mapping) else None
    made: Details | None = _made(_kinds().get(kind) if isinstance(kind, str) else None, document)
    return made


def quote_from(document: object) -> Quote | None:
    """Return the quote in a document; None where it is missing or malformed."""
    made: Quote | None = _made(Quote, document)
    return made


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    return {_camel(name): _json(item) for name, item in given.items() if item not in (None, ())}


def _json(value: Any) -> Any:  # noqa: ANN401
    match value:
        case datetime():
            return iso(value)
        case tuple():
            return [_json(item) for item in value]
    return _object(value) if is_dataclass(value) else value


def _made(kind: type[Any] | None, document: object) -> Any:  # noqa: ANN401
    try:
        return None if kind is None else _build(kind, document)
    except (TypeError, ValueError, AttributeError):
        return None


def _build(kind: type[Any], document: Any) -> Any:  # noqa: ANN401
    """Make a dataclass of a document. Raises TypeError, ValueError or AttributeError for one of another shape."""
    hints: dict[str, Callable[[Any], Any]] = _hints(kind)  # type: ignore[arg-type]
    given = {field: document[_camel(field)] for field in hints if _camel(field) in document}
    required = {field.name for field in fields(kind) if field.default is MISSING}
    if missing := required - given.keys():
        raise ValueError(f"{kind.__name__} lacks {', '.join(sorted(missing))}")
    return kind(**{name: hints[name](value) for name, value in given.items()})


@cache
def _hints(kind: type[Any]) -> dict[str, Callable[[Any], Any]]:
    """Return how each field of a dataclass is read from JSON."""
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    if hint is Any:
        return lambda value: value
    if get_origin(hint) is tuple:
        read = _reader(get_args(hint)[0])
        return lambda value: tuple(read(item) for item in value)
    if get_origin(hint) is Literal:
        return lambda value: _one_of(get_args(hint), value)
    if options := [option for option in get_args(hint) if option is not NoneType]:
        read_some = _reader(options[0])
        return lambda value: None if value is None else read_some(value)
    if is_dataclass(hint):
        return lambda value: _build(hint, value)  # type: ignore[arg-type]
    return datetime.fromisoformat if hint is datetime else lambda value: _instance(hint, value)


def _one_of(allowed: tuple[Any, ...], value: object) -> object:
    if value not in allowed:
        raise ValueError("not one of the values of this field")
    return value


def _instance(kind: type[Any], value: object) -> object:
    if not isinstance(value, kind):
        raise TypeError(f"not of the type {kind.__name__}")
    return value


@cache
def _kinds() -> dict[str, type[Any]]:
    """Return the class of each kind."""
    return {kind: shape for shape in get_args(Details) for kind in get_args(get_type_hints(shape)["kind"])}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
