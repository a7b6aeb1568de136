"""Event rows that code under test wrote, held against the catalogue of events."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg.rows import dict_row
from pydantic import TypeAdapter, ValidationError

from functions.api.schemas.events import AnyEvent

_EVENTS: TypeAdapter[Any] = TypeAdapter(AnyEvent)
# One row of each type and set of fields is enough.
_ROWS = """
    SELECT DISTINCT ON (type, fields) seq, type, data, created_at
    FROM gateway.events,
        LATERAL (SELECT array_agg(key ORDER BY key) AS fields FROM jsonb_object_keys(data) AS key) AS named
    ORDER BY type, fields, seq DESC
"""


def check(database: str) -> set[str]:
    """Raise AssertionError for a row that the catalogue does not describe. Return the types that there are."""
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=10) as connection:
        rows = connection.execute(_ROWS).fetchall()
    wrong = [f"{row['type']} {json.dumps(row['data'])}" for row in rows if not is_described(row)]
    assert not wrong, f"docs/events.md does not describe: {wrong}"
    return {row["type"] for row in rows}


def is_described(row: dict[str, Any]) -> bool:
    """Whether the row's type and each field of its data are in the catalogue."""
    try:
        event = _EVENTS.validate_python(row)
    except ValidationError:
        return False
    known = event.data.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return bool(known.keys() == row["data"].keys())
