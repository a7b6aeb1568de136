"""Receipts: what became of messages of ours, and what we have read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.domain.events import EventType
from gateway.domain.messages import MessageStatus
from gateway.store import messages
from gateway.store.chats import Chat
from gateway.store.fence import Fence


def apply(fence: Fence, message_ids: list[str], status: MessageStatus, at: datetime) -> None:
    """Somebody's devices have, or read, messages of ours; a receipt for a send not yet written down is kept for it."""
    rows = fence.connection.execute(
        "SELECT id, message_id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND from_me",
        [fence.session_id, message_ids],
    ).fetchall()
    messages.advance(fence.connection, fence.session_id, [row["id"] for row in rows], status, at=at)
    for early in set(message_ids) - {row["message_id"] for row in rows}:
        fence.connection.execute(
            "INSERT INTO gateway.early_receipts (session_id, message_id, status, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [fence.session_id, early, status, at],
        )


def read_by_us(fence: Fence, chat: Chat, message_ids: list[str], at: datetime) -> None:
    """We read these, here or on the phone; the chat's unread count follows."""
    rows = fence.connection.execute(
        "SELECT id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND chat_id = %s AND NOT from_me",
        [fence.session_id, message_ids, chat.id],
    ).fetchall()
    messages.advance(fence.connection, fence.session_id, [row["id"] for row in rows], MessageStatus.READ, at=at)
    fence.connection.execute(
        "UPDATE gateway.chats SET unread_count = (SELECT count(*) FROM gateway.whatsapp_explorer_messages m"
        " WHERE m.chat_id = chats.id AND NOT m.from_me AND m.status = 'received') WHERE id = %s",
        [chat.id],
    )
    fence.emit(EventType.CHAT_READ, {"chatId": str(chat.id)})


def apply_early(fence: Fence, message_id: UUID, whatsapp_id: str) -> None:
    """Those that came before the send was written down."""
    rows = fence.connection.execute(
        "DELETE FROM gateway.early_receipts WHERE session_id = %s AND message_id = %s RETURNING status, at",
        [fence.session_id, whatsapp_id],
    ).fetchall()
    for row in sorted(rows, key=lambda receipt: receipt["at"]):
        messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus(row["status"]), at=row["at"])
