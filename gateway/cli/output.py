"""Output for people and for scripts."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime

import typer
from pydantic import BaseModel


def printable(text: str) -> str:
    """What others wrote, without what would steer a terminal."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else "\N{REPLACEMENT CHARACTER}" for c in text)


def write_json(value: BaseModel | dict[str, object]) -> None:
    """One line of JSON, as the API names things."""
    document = value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
    typer.echo(json.dumps(document))


def when(moment: datetime | None) -> str:
    """In the time of this machine."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"
