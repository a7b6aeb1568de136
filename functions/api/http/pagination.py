"""Pages of lists, and their opaque keyset cursors: base64url of JSON that names the list it belongs to."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query

from gateway.domain.errors import InvalidInput
from gateway.domain.sanitize import is_storable

RowT = TypeVar("RowT")

LimitDep = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
CursorDep = Annotated[str | None, Query(max_length=500, description="`nextCursor` of the page before.")]


def paginate(rows: list[RowT], limit: int, cursor: Callable[[RowT], str]) -> tuple[list[RowT], str | None]:
    """Return a page and the cursor of the next one, which `cursor` makes from the page's last row.

    `rows` are read with one more than `limit`: without the extra row this is the last page, and the cursor is None.
    """
    page = rows[:limit]
    return page, cursor(page[-1]) if len(rows) > limit else None


def encode(kind: str, *keys: UUID | datetime | str) -> str:
    """Return the cursor of the place after a row, which its sort keys identify."""
    values = [key.isoformat() if isinstance(key, datetime) else str(key) for key in keys]
    return base64.urlsafe_b64encode(json.dumps([kind, *values]).encode()).rstrip(b"=").decode()


def decode_id(kind: str, cursor: str | None) -> UUID | None:
    """Return the id in a cursor of a list that is sorted by id. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        (value,) = _values(kind, cursor)
        return UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def decode_text_and_id(kind: str, cursor: str | None) -> tuple[str, UUID] | None:
    """Return the text and id in a cursor of a list that is sorted by both. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        text, value = _values(kind, cursor)
        if not is_storable(text):
            raise _invalid()
        return text, UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def decode_time_and_id(kind: str, cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the time and id in a cursor of a list that is sorted by both. Raises InvalidInput."""
    if cursor is None:
        return None
    try:
        time, value = _values(kind, cursor)
        return _moment(time), UUID(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def decode_place(kind: str, cursor: str | None) -> tuple[datetime, UUID, datetime] | None:
    """Return the time and id in a cursor of a list that is sorted by both, and when that was begun.

    Raises InvalidInput.
    """
    if cursor is None:
        return None
    try:
        time, value, begun = _values(kind, cursor)
        return _moment(time), UUID(value), _moment(begun)
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid() from error


def is_of(kind: str, cursor: str) -> bool:
    """Return whether it looks like a cursor of that list."""
    try:
        _values(kind, cursor)
    except ValueError:
        return False
    return True


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise _invalid()
    return moment


def _values(kind: str, cursor: str) -> list[str]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        decoded = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, RecursionError) as error:
        raise ValueError("not a cursor") from error
    if not isinstance(decoded, list) or not decoded or decoded[0] != kind:
        raise ValueError("not a cursor of this list")
    return decoded[1:]


def _invalid() -> InvalidInput:
    return InvalidInput(
        "cursor", "This is not a cursor of this list: use `nextCursor` of an earlier answer, unchanged."
    )
