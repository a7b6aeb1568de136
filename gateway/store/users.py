"""User profiles belong to the product; we only make rows in the table that is our own."""

from __future__ import annotations

from uuid import UUID

from gateway.store.database import Connection
from gateway.store.schema import DEFAULT_USER_PROFILES


def ensure(connection: Connection, user_profile_id: UUID, table: str) -> None:
    """Make the profile where the table is ours; elsewhere the foreign key says whether it exists."""
    if table == DEFAULT_USER_PROFILES:
        connection.execute(
            "INSERT INTO gateway.user_profiles (id) VALUES (%s) ON CONFLICT DO NOTHING", [user_profile_id]
        )
