"""Ids are UUIDv7: made here, not in the database, and ordered by the time they were made."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new id; later calls of one process return greater ones."""
    return uuid_utils.compat.uuid7()


def first_id(at: datetime) -> UUID:
    """Return an id that is less than every one made at that time or later."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80)
