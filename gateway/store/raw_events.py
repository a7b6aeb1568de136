"""The events that messages were made of, kept for a while so that a later release can read them again.

The statement that stores messages keeps their events (gateway.store.incoming); the sweeper deletes them when they are
old. No module that this one needs imports gateway.store.chats.
"""

from __future__ import annotations

from uuid import UUID

from gateway.domain.messages import UNKNOWN
from gateway.store.database import Connection


def keep(connection: Connection, session_id: UUID, message_id: UUID, payload: bytes) -> None:
    """Keep the event of a message that stands already and could be read only now."""
    if payload:
        connection.execute(
            "INSERT INTO gateway.raw_events (session_id, message_id, payload) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [session_id, message_id, payload],
        )


def forget(connection: Connection, session_id: UUID, message_id: UUID) -> None:
    """Delete the event of a message that its sender deleted."""
    connection.execute(
        "DELETE FROM gateway.raw_events WHERE session_id = %s AND message_id = %s", [session_id, message_id]
    )


def put_back(connection: Connection) -> int:
    """Put the events of messages of unknown kinds into the inboxes of their sessions. Return how many.

    The owners of the sessions read them as they read new ones (gateway.store.rereading). Those that wait there already
    are left out; messages that stay unknown are put back by every call.
    """
    return connection.execute(
        """
        INSERT INTO gateway.inbox (session_id, kind, payload)
        SELECT r.session_id, 'Message', r.payload
        FROM gateway.raw_events r JOIN gateway.whatsapp_explorer_messages m ON m.id = r.message_id
        WHERE split_part(m.message_type, ':', 1) = %s AND m.deleted_at IS NULL AND NOT EXISTS (
            SELECT FROM gateway.inbox i
            WHERE i.session_id = r.session_id AND i.error IS NULL AND i.payload = r.payload)
        ORDER BY r.message_id
        """,
        [UNKNOWN],
    ).rowcount
