"""Ids of chats that were merged into others, so that whoever still names one finds the chat that took it in."""

from __future__ import annotations

from uuid import UUID

from gateway.store.database import Connection


def record(connection: Connection, session_id: UUID, kept: UUID, other: UUID) -> None:
    """Record that `kept` took in `other`, and all that `other` had taken in."""
    connection.execute("UPDATE gateway.merged_chats SET chat_id = %s WHERE chat_id = %s", [kept, other])
    connection.execute(
        "INSERT INTO gateway.merged_chats (id, session_id, chat_id) VALUES (%s, %s, %s)", [other, session_id, kept]
    )
