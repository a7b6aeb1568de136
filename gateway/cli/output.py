"""Output for people and as JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

import typer
from pydantic import BaseModel

# Control characters, and bytes of an argument that are no text.
_REPLACED = ("Cc", "Cs")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

ModelT = TypeVar("ModelT", bound=BaseModel)


def printable(text: str) -> str:
    """Replace control characters, with which texts of others could steer the terminal, and what is no Unicode."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in _REPLACED else _REPLACEMENT for c in text)


def write_json(value: BaseModel | dict[str, object]) -> None:
    """Print one line of JSON, with the API's names."""
    document = value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
    typer.echo(json.dumps(document))


def write(value: ModelT, line: Callable[[ModelT], str], *, as_json: bool) -> None:
    """Print one line: JSON, or what `line` makes of it for people."""
    if as_json:
        write_json(value)
    else:
        typer.echo(line(value))


def write_all(values: Iterable[ModelT], line: Callable[[ModelT], str], *, none: str, as_json: bool) -> None:
    """Print a line each. People are told by `none`, on stderr, that there is nothing, and nothing went wrong."""
    is_empty = True
    for value in values:
        write(value, line, as_json=as_json)
        is_empty = False
    if is_empty and not as_json:
        typer.echo(none, err=True)


def when(moment: datetime | None) -> str:
    """Write a time in the zone of this machine."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"
