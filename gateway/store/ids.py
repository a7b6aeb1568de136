"""Ids are UUIDv7: made here, not in the database, and ordered by the time they were made."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import uuid_utils.compat

_TIME_BITS = (1 << 48) - 1
_VERSION, _VARIANT = 7, 2


def new_id() -> UUID:
    """Return a new id; later calls of one process return greater ones."""
    return uuid_utils.compat.uuid7()


def past_id(at: datetime, place: int) -> UUID:
    """Return a new id among those made at that time, after the ones of a lesser `place`, which is below 4096."""
    milliseconds = max(int(at.timestamp() * 1000), 0) & _TIME_BITS
    return UUID(int=milliseconds << 80 | _VERSION << 76 | place << 64 | _VARIANT << 62 | secrets.randbits(62))


def first_id(at: datetime) -> UUID:
    """Return an id that is less than every one made at that time or later."""
    return UUID(int=max(int(at.timestamp() * 1000), 0) << 80)
