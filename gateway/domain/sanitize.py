"""What PostgreSQL's text and jsonb can hold, and values made so from what a stranger may send. Pure."""

from __future__ import annotations

import base64
import math
import re
from dataclasses import fields, is_dataclass, replace

# PostgreSQL has no NUL in text, and UTF-8 has no lone surrogates.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Return whether PostgreSQL can hold the text."""
    return _UNSTORABLE.search(text) is None


def sanitize_text(text: str, replacement: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Replace every character that PostgreSQL cannot hold."""
    return _UNSTORABLE.sub(replacement, text)


def sanitize(value: object) -> object:
    """Sanitize strings, encode bytes in base64, replace numbers unknown to JSON by None.

    Containers and dataclasses are walked.
    """
    match value:
        # Most fields of most records: they are not to be compared with all that follows.
        case None | bool() | int():
            return value
        case str():
            return sanitize_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {sanitize(key): sanitize(item) for key, item in value.items()}
        case list():
            return [sanitize(item) for item in value]
        case tuple():
            return tuple(sanitize(item) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{item.name: sanitize(getattr(value, item.name)) for item in fields(value)})
        case _:
            return value
