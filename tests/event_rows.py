"""Event rows that code under test wrote, held against the catalogue of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from gateway.schemas.event_body import EventBody
from gateway.schemas.events import body_of
from gateway.store.event_log import LoggedEvent, Position

_POSITION = Position(1, UUID(int=1), 1)
# One row of each type and set of fields is enough.
_ROWS = """
    SELECT DISTINCT ON (type, fields) type, data
    FROM gateway.events,
        LATERAL (SELECT array_agg(key ORDER BY key) AS fields FROM jsonb_object_keys(data) AS key) AS named
    ORDER BY type, fields, events.seq DESC
"""


def check(database: str) -> set[str]:
    """Raise AssertionError for a row that the catalogue does not describe. Return the types that there are."""
    with psycopg.connect(database, row_factory=dict_row, connect_timeout=60) as connection:
        rows = connection.execute(_ROWS).fetchall()
    wrong = [f"{row['type']} {json.dumps(row['data'])}" for row in rows if not is_described(row)]
    assert not wrong, f"docs/events.md does not describe: {wrong}"
    return {row["type"] for row in rows}


def is_described(row: dict[str, Any]) -> bool:
    """Whether the row's type and each field of its data are in the catalogue."""
    event = body_of(LoggedEvent(_POSITION, row["type"], row["data"], datetime.now(UTC), UUID(int=2), is_active=True))
    known = event.model_dump(mode="json", by_alias=True)["data"]
    said = {name for name, value in row["data"].items() if value is not None}
    return type(event) is not EventBody and bool(known.keys() == said)
