"""User profiles belong to the product; rows are inserted only into the table that is the gateway's own."""

from __future__ import annotations

from uuid import UUID

from gateway.store.database import Connection
from gateway.store.schema import DEFAULT_USER_PROFILES


def ensure(connection: Connection, user_profile_id: UUID, table: str) -> None:
    """Insert the profile where the table is the gateway's own; elsewhere the foreign key checks that it exists."""
    if table == DEFAULT_USER_PROFILES:
        connection.execute(
            "INSERT INTO gateway.user_profiles (id) VALUES (%s) ON CONFLICT DO NOTHING", [user_profile_id]
        )
