"""Values that PostgreSQL's text and jsonb can hold, made from what a stranger may send."""

from __future__ import annotations

import base64
import math


def sanitize(value: object) -> object:
    """Strings lose NUL, bytes become base64, numbers that JSON does not know become None; containers are walked."""
    match value:
        case str():
            return sanitize_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: sanitize(item) for key, item in value.items()}
        case list():
            return [sanitize(item) for item in value]
        case _:
            return value


def sanitize_text(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
