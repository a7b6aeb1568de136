"""What of a chat is read, and what is shown of it in a list: its unread count and its last message.

The count and the last message are kept in the chat's row by the statements that insert messages; here they are
set again from the rows, for everything that happens less often. No module that this one needs imports
gateway.store.chats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.kinds import SHOWN
from gateway.store.columns import columns_of
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """What a read receipt for a received message needs to know of it."""

    message_id: str
    sender_lid: str | None
    sender_phone: str | None
    list_jid: str | None


def of_chat(connection: Connection, chat_id: UUID) -> list[UnreadMessage]:
    """Return the messages that count as unread, oldest first: of a group that nobody reads these may be many."""
    with connection.cursor(row_factory=class_row(UnreadMessage)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(UnreadMessage)} FROM gateway.whatsapp_explorer_messages"  # noqa: S608
            " WHERE chat_id = %s AND NOT from_me AND status = 'received' AND message_id IS NOT NULL"
            " AND message_type = ANY(%s) ORDER BY timestamp, id",
            [chat_id, list(SHOWN)],
        ).fetchall()


def refresh(connection: Connection, chat_id: UUID) -> None:
    """Set the unread count and the last message of a chat to what its rows say."""
    connection.execute(
        """
        UPDATE gateway.chats SET (unread_count, last_message_id, last_message_at) = (
            SELECT count(*) FILTER (WHERE NOT m.from_me AND m.status = 'received'),
                (array_agg(m.id ORDER BY m.timestamp DESC, m.id DESC))[1], max(m.timestamp)
            FROM gateway.whatsapp_explorer_messages m WHERE m.chat_id = chats.id AND m.message_type = ANY(%(shown)s))
        WHERE id = %(chat)s
        """,
        {"chat": chat_id, "shown": list(SHOWN)},
    )


def raise_read_until(connection: Connection, chat_id: UUID) -> None:
    """Note up to which time the chat is read, from the receipts that came before the messages that they name."""
    connection.execute(
        """
        UPDATE gateway.chats SET read_until = greatest(read_until, (
            SELECT max(m.timestamp) FROM gateway.whatsapp_explorer_messages m
            JOIN gateway.early_receipts r USING (session_id, message_id)
            WHERE m.chat_id = chats.id AND NOT m.from_me AND r.status = 'read'))
        WHERE id = %s
        """,
        [chat_id],
    )


# A CTE for statements that change the times of messages. It needs a CTE `moved` with the id, chat and new time of at
# most one message a chat.
RELIST = """
    relisted AS (
        UPDATE gateway.chats c SET (last_message_id, last_message_at) = (
            SELECT id, timestamp FROM (
                SELECT moved.id, moved.timestamp
                UNION ALL (
                    SELECT m.id, m.timestamp FROM gateway.whatsapp_explorer_messages m
                    WHERE m.chat_id = c.id AND m.id <> moved.id AND m.message_type = ANY(%(shown)s)
                    ORDER BY m.timestamp DESC, m.id DESC LIMIT 1)) candidates
            ORDER BY timestamp DESC, id DESC LIMIT 1)
        FROM moved WHERE c.id = moved.chat_id AND moved.message_type = ANY(%(shown)s) AND (
            (moved.timestamp, moved.id) > (c.last_message_at, c.last_message_id)
            OR (c.last_message_id = moved.id AND c.last_message_at <> moved.timestamp))
    )
"""


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A received message that has been read; `at` is when, where a receipt names it."""

    id: UUID
    at: datetime | None


def read_meanwhile(connection: Connection, chat_id: UUID) -> list[ReadMessage]:
    """Return the messages that are marked as unread and were read: each older one was, with a newer one."""
    with connection.cursor(row_factory=class_row(ReadMessage)) as cursor:
        return cursor.execute(
            """
            SELECT m.id, r.at FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
            LEFT JOIN gateway.early_receipts r
                ON r.session_id = m.session_id AND r.message_id = m.message_id AND r.status = 'read'
            WHERE m.chat_id = %s AND NOT m.from_me AND m.status = 'received'
                AND (m.timestamp < c.read_until OR r.at IS NOT NULL)
            ORDER BY m.id
            """,
            [chat_id],
        ).fetchall()
