"""What is wrong with a value, in sentences of our own: those of the validator speak of Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]

_FIXED = {
    "missing": "This is required.",
    "union_tag_not_found": "This is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Write a text in quotation marks.",
    "string_unicode": "This is not a text: it is not valid Unicode.",
    "string_pattern_mismatch": "This holds characters that are not allowed here.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "int_parsing_size": "This number is too large.",
    "int_from_float": "Write a whole number.",
    "float_type": "Write a number.",
    "float_parsing": "Write a number.",
    "finite_number": "Write a finite number.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "list_type": "Write a list in brackets.",
    "tuple_type": "Write a list in brackets.",
    "dict_type": "Write an object in braces.",
    "model_type": "Write an object in braces.",
    "model_attributes_type": "Write an object in braces.",
    "json_invalid": "This is not valid JSON.",
    "uuid_type": "Write an id, such as 0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91.",
    "uuid_parsing": "Write an id, such as 0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91.",
}
_MOMENT = "Write a moment with its offset from UTC, such as 2026-08-21T09:40:02Z."
_OTHERWISE = "This value is not allowed."


def _at_least(context: Context, things: str) -> str:
    least = context["min_length"]
    return "This must not be empty." if least == 1 else f"At least {least} {things} are needed."


def _one_of(context: Context) -> str:
    """The validator names the allowed values in a sentence of its own: 'a', 'b' or 'c'."""
    allowed = re.findall(r"'([^']*)'", str(context.get("expected") or context["expected_tags"]))
    return f"Write one of these: {', '.join(allowed)}."


_MADE: dict[str, Callable[[Context], str]] = {
    "string_too_short": lambda context: _at_least(context, "characters"),
    "string_too_long": lambda context: f"At most {context['max_length']} characters are allowed.",
    "too_short": lambda context: _at_least(context, "entries"),
    "too_long": lambda context: f"At most {context['max_length']} entries are allowed.",
    "greater_than": lambda context: f"This must be more than {context['gt']}.",
    "greater_than_equal": lambda context: f"The least that is allowed is {context['ge']}.",
    "less_than_equal": lambda context: f"The most that is allowed is {context['le']}.",
    "enum": _one_of,
    "literal_error": _one_of,
    "union_tag_invalid": _one_of,
    "value_error": lambda context: str(context["error"]),
}


def sentence(error: Mapping[str, Any]) -> str:
    """Return what to tell people of an error of the validator."""
    kind = str(error["type"])
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _MADE:
        return _MADE[kind](error.get("ctx") or {})
    return _MOMENT if kind.startswith(("datetime_", "timezone_")) else _OTHERWISE
