"""Receipts: of the messages we sent, and of those we have read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.domain.events import EventType
from gateway.domain.messages import MessageStatus
from gateway.store import chats, messages
from gateway.store.chats import Chat
from gateway.store.fence import Fence
from gateway.store.messages import Message

# Channels, status posts, bots and bridges to other services take none.
_KINDS_THAT_TAKE_RECEIPTS = ("user", "group", "broadcast")


def takes_receipts(chat: Chat) -> bool:
    """Return whether WhatsApp takes read receipts for a kind of chat."""
    return chat.kind in _KINDS_THAT_TAKE_RECEIPTS


def can_be_acknowledged(chat: Chat, message: Message) -> bool:
    """Return whether a read receipt can be sent; in a group it needs the sender's LID or number, and bots have none."""
    return takes_receipts(chat) and (chat.kind == "user" or bool(message.sender_lid or message.sender_phone))


def apply(fence: Fence, message_ids: list[str], status: MessageStatus, at: datetime) -> None:
    """Advance messages of ours that were delivered or read.

    A receipt for a send whose WhatsApp id is not stored yet is kept until it is (`apply_early`).
    """
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


def mark_read_by_us(fence: Fence, chat: Chat, message_ids: list[str], at: datetime) -> None:
    """Mark received messages as read, here or on the phone, and update the chat's unread count."""
    rows = fence.connection.execute(
        "SELECT id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND chat_id = %s AND NOT from_me",
        [fence.session_id, message_ids, chat.id],
    ).fetchall()
    messages.advance(fence.connection, fence.session_id, [row["id"] for row in rows], MessageStatus.READ, at=at)
    chats.recount_unread(fence.connection, chat.id)
    fence.emit(EventType.CHAT_READ, {"chatId": str(chat.id)})


def chats_written_to_by_list(fence: Fence, list_jid: str, message_ids: list[str]) -> list[Chat]:
    """Return the chats with those who wrote these messages by a broadcast list."""
    rows = fence.connection.execute(
        "SELECT DISTINCT chat_id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND list_jid = %s",
        [fence.session_id, message_ids, list_jid],
    ).fetchall()
    return [chats.get(fence.connection, fence.session_id, row["chat_id"]) for row in rows]


def apply_early(fence: Fence, message_id: UUID, whatsapp_id: str) -> None:
    """Apply the receipts that came before the message's WhatsApp id was stored."""
    rows = fence.connection.execute(
        "DELETE FROM gateway.early_receipts WHERE session_id = %s AND message_id = %s RETURNING status, at",
        [fence.session_id, whatsapp_id],
    ).fetchall()
    for row in sorted(rows, key=lambda receipt: receipt["at"]):
        messages.advance(fence.connection, fence.session_id, [message_id], MessageStatus(row["status"]), at=row["at"])
