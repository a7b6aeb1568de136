"""Ids are UUIDv7: made here, not in the database, and ordered by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new id; later calls of one process return greater ones."""
    return uuid_utils.compat.uuid7()
