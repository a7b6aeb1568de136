"""Which chats have been told that a machine answers, and when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from gateway.store.database import Connection


def ask_due(connection: Connection, turn_id: UUID, valid: timedelta) -> Cursor[DictRow]:
    """Ask whether the chat of a turn is to be told, to be read by is_due() together with other answers.

    It is where it was not told for so long. A message that failed has told nobody.
    """
    return connection.execute(
        """
        SELECT c.disclosed_at IS NULL OR c.disclosed_at <= clock_timestamp() - %(valid)s OR EXISTS (
            SELECT FROM gateway.whatsapp_explorer_messages m
            WHERE m.id = c.disclosed_by AND m.status = 'failed') AS due
        FROM gateway.turns t JOIN gateway.chats c ON c.id = t.chat_id WHERE t.id = %(turn)s
        """,
        {"turn": turn_id, "valid": valid},
    )


def is_due(asked: Cursor[DictRow]) -> bool:
    """Return what was asked for; a trial has no chat that could be told."""
    row = asked.fetchone()
    return row is not None and bool(row["due"])


def record(connection: Connection, chat_id: UUID, message_id: UUID) -> None:
    """Record that the message tells the chat; the caller holds the lock of the session, as when it asked."""
    connection.execute(
        "UPDATE gateway.chats SET disclosed_at = clock_timestamp(), disclosed_by = %s WHERE id = %s",
        [message_id, chat_id],
    )
