"""Values of protobuf fields as the domain has them. Pure: nothing here fails, whatever a stranger sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.domain.commerce import Amount

# Deeper JSON than any flow returns; PostgreSQL's and Python's own limits are hundreds of levels.
MAX_DEPTH = 32
# WhatsApp's amounts are in thousandths.
_THOUSANDTHS = 3
# Of a currency; a stranger may write any.
_MAX_DECIMALS = 12


def moment(seconds: int) -> datetime | None:
    """Return a time in seconds since 1970; None where it is not set or out of range."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def moment_of_milliseconds(milliseconds: int) -> datetime | None:
    return moment(milliseconds // 1000)


def amount(value: int, currency: str, decimals: int = _THOUSANDTHS) -> Amount | None:
    """Return an amount of money, with at least two decimals; None where nothing is set."""
    if not value and not currency:
        return None
    scaled = Decimal(value).scaleb(-decimals) if decimals <= _MAX_DECIMALS else Decimal(value)
    places = max(2, -int(scaled.normalize().as_tuple().exponent))
    return Amount(value=f"{scaled:.{places}f}", currency=currency or None)


def json_of(text: str) -> Any:  # noqa: ANN401
    """Return the JSON in a text; the text itself where it is none, or nested too deep; None for an empty one."""
    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text
    return value if _depth_at_most(value, MAX_DEPTH) else text


def object_of(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; empty where there is none."""
    value = json_of(text)
    return value if isinstance(value, dict) else {}


def string(value: object) -> str | None:
    """Return a text that is there; None for anything else. JSON of strangers has any type anywhere."""
    return value if isinstance(value, str) and value else None


def enum_name(value: Any, field: str) -> str | None:  # noqa: ANN401
    """Return an enum's value in words; None where it is not set, or newer than this library."""
    if not value.HasField(field):
        return None
    known = value.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(getattr(value, field))
    return known.name.lower().replace("_", " ") if known else None


def _depth_at_most(value: object, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_depth_at_most(item, depth - 1) for item in inner)
