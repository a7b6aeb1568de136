"""Which chats have been told that a machine answers, and when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from gateway.store.database import Connection


def claim(connection: Connection, chat_id: UUID, message_id: UUID, valid: timedelta) -> bool:
    """Record that the message `message_id` tells the chat; False where it was told less than `valid` ago.

    A message that failed has told nobody.
    """
    claimed = connection.execute(
        """
        UPDATE gateway.chats c SET disclosed_at = clock_timestamp(), disclosed_by = %(message)s
        WHERE id = %(chat)s AND (disclosed_at IS NULL OR disclosed_at <= clock_timestamp() - %(valid)s OR EXISTS (
            SELECT FROM gateway.whatsapp_explorer_messages m WHERE m.id = c.disclosed_by AND m.status = 'failed'))
        """,
        {"chat": chat_id, "message": message_id, "valid": valid},
    )
    return claimed.rowcount == 1
