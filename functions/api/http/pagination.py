"""Opaque keyset cursors: base64url of JSON that names the list it belongs to."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from uuid import UUID

from gateway.domain.errors import InvalidInput


def encode(kind: str, *keys: UUID | datetime) -> str:
    """The place after a row, known by its sort keys."""
    values = [key.isoformat() if isinstance(key, datetime) else str(key) for key in keys]
    return base64.urlsafe_b64encode(json.dumps([kind, *values]).encode()).rstrip(b"=").decode()


def decode_id(kind: str, cursor: str | None) -> UUID | None:
    """The id a cursor of a list sorted by id stands for. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        (value,) = _values(kind, cursor)
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def decode_time_and_id(kind: str, cursor: str | None) -> tuple[datetime, UUID] | None:
    """The time and id a cursor of a list sorted by both stands for. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        time, value = _values(kind, cursor)
        moment = datetime.fromisoformat(time)
        if moment.tzinfo is None:
            raise _invalid()
        return moment, UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def _values(kind: str, cursor: str) -> list[str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, RecursionError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(found, list) or not found or found[0] != kind:
        raise ValueError("not a cursor of this list")
    return found[1:]


def _invalid() -> InvalidInput:
    return InvalidInput(
        "cursor", "This is not a cursor of this list: use `nextCursor` of an earlier answer, unchanged."
    )
