"""Receipts: of the messages we sent, and of those we have read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from gateway.domain.events import EventType
from gateway.domain.kinds import ABOUT_OTHERS
from gateway.domain.messages import MessageStatus
from gateway.store import chats, messages, sent_actions, unread
from gateway.store.chats import Chat
from gateway.store.database import Connection
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

    A receipt for a send whose WhatsApp id is not stored yet is kept until it is (`EarlyReceipts`).
    """
    rows = fence.connection.execute(
        "SELECT id, message_id, status, message_type FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND from_me",
        [fence.session_id, message_ids],
    ).fetchall()
    messages.advance(fence.connection, fence.session_id, [row["id"] for row in rows], status, at=at)
    settled = [
        row["id"] for row in rows if row["status"] == MessageStatus.UNKNOWN and row["message_type"] in ABOUT_OTHERS
    ]
    if settled:
        sent_actions.apply(fence, settled)
    if early := set(message_ids) - {row["message_id"] for row in rows}:
        _keep_early(fence, early, status, at)


def mark_read_by_us(fence: Fence, chat: Chat, message_ids: list[str], at: datetime) -> None:
    """Mark received messages as read, here or on the phone, and all before them; update the chat's unread count.

    What is not stored yet is marked when it is.
    """
    _keep_early(fence, message_ids, MessageStatus.READ, at)
    apply_reads(fence, chat.id, at)


def apply_reads(fence: Fence, chat_id: UUID, at: datetime | None = None) -> None:
    """Mark as read what the receipts name that came so far, and all before; `at` is when, where none says it."""
    unread.raise_read_until(fence.connection, chat_id)
    read: defaultdict[datetime | None, list[UUID]] = defaultdict(list)
    for message in unread.read_meanwhile(fence.connection, chat_id):
        read[message.at or at].append(message.id)
    for read_at, ids in read.items():
        messages.advance(fence.connection, fence.session_id, ids, MessageStatus.READ, at=read_at)
    fence.connection.execute(
        """
        DELETE FROM gateway.early_receipts r USING gateway.whatsapp_explorer_messages m
        WHERE r.session_id = %s AND m.session_id = r.session_id AND m.message_id = r.message_id AND m.chat_id = %s
            AND NOT m.from_me AND r.status = 'read'
        """,
        [fence.session_id, chat_id],
    )
    unread.refresh(fence.connection, chat_id)
    fence.emit(EventType.CHAT_READ, {"chatId": str(chat_id)})


def _keep_early(fence: Fence, message_ids: Collection[str], status: MessageStatus, at: datetime) -> None:
    fence.connection.execute(
        "INSERT INTO gateway.early_receipts (session_id, message_id, status, at)"
        " SELECT %s, unnest(%s::text[]), %s, %s ON CONFLICT DO NOTHING",
        [fence.session_id, list(message_ids), status, at],
    )


def chats_written_to_by_list(fence: Fence, list_jid: str, message_ids: list[str]) -> list[Chat]:
    """Return the chats with those who wrote these messages by a broadcast list."""
    rows = fence.connection.execute(
        "SELECT DISTINCT chat_id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND list_jid = %s",
        [fence.session_id, message_ids, list_jid],
    ).fetchall()
    return [chats.get(fence.connection, fence.session_id, row["chat_id"]) for row in rows]


class EarlyReceipts:
    """The receipts that came before the WhatsApp id of their message was stored, asked together with the fence."""

    def __init__(self, connection: Connection, session_id: UUID, whatsapp_id: str) -> None:
        self._taken = connection.execute(
            "DELETE FROM gateway.early_receipts WHERE session_id = %s AND message_id = %s RETURNING status, at",
            [session_id, whatsapp_id],
        )

    def apply(self, fence: Fence, message_id: UUID) -> None:
        """Apply them to the message."""
        for row in sorted(self._taken.fetchall(), key=lambda receipt: receipt["at"]):
            status = MessageStatus(row["status"])
            messages.advance(fence.connection, fence.session_id, [message_id], status, at=row["at"])
