"""Ids are UUIDv7: made here, not in the database, and ordered by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Return a new id; later calls of one process return greater ones."""
    return uuid_utils.compat.uuid7()


def least_id_at(unix_seconds: float) -> UUID:
    """Return the least id that can have been made at a moment, so that those made later are greater."""
    return UUID(int=max(int(unix_seconds * 1000), 0) << 80)
