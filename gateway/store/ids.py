"""Ids are UUIDv7: made by us, ordered by the time they were made."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Later calls of one process give greater ids."""
    return uuid_utils.compat.uuid7()
