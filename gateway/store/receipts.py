"""Receipts: of the messages we sent, and of those we have read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow, class_row

from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.errors import Conflict
from gateway.domain.events import EventType
from gateway.domain.kinds import ABOUT_OTHERS
from gateway.domain.messages import MessageStatus
from gateway.domain.phone import Address
from gateway.store import chats, messages, sent_actions, unread
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.unread import UnreadMessage

# Channels, status posts, bots and bridges to other services take none.
_KINDS_THAT_TAKE_RECEIPTS = ("user", "group", "broadcast")


def _takes_receipts(chat: Chat) -> bool:
    return chat.kind in _KINDS_THAT_TAKE_RECEIPTS


def can_be_acknowledged(chat: Chat, message: UnreadMessage) -> bool:
    """Return whether a read receipt can be sent; in a group it needs the sender's LID or number, and bots have none."""
    return _takes_receipts(chat) and (chat.kind == "user" or bool(message.sender_lid or message.sender_phone))


def are_due(connection: Connection, chat: Chat) -> bool:
    """Return whether something is unread in a chat. Raises Conflict where WhatsApp takes no receipt for any of it."""
    waiting = unread.of_chat(connection, chat.id)
    can_be_read = any(can_be_acknowledged(chat, message) for message in waiting)
    if not _takes_receipts(chat) or (waiting and not can_be_read):
        error = CommandError.CHAT_CANNOT_BE_READ
        raise Conflict(error, ERROR_SENTENCES[error])
    return bool(waiting)


_FOUND = """SELECT id, message_id, status, message_type FROM gateway.whatsapp_explorer_messages
    WHERE session_id = %(session)s AND message_id = ANY(%(ids)s) AND from_me"""
# When each first had, read or played a message; what comes late moves nothing on.
_NOTE = """
    INSERT INTO gateway.message_receipts AS r (message_id, jid, lid, phone_number, delivered_at, read_at, played_at)
    SELECT found.id, %(jid)s, %(lid)s, %(phone)s, CASE WHEN %(status)s = 'delivered' THEN %(at)s::timestamptz END,
        CASE WHEN %(status)s = 'read' THEN %(at)s::timestamptz END,
        CASE WHEN %(status)s = 'played' THEN %(at)s::timestamptz END FROM found
    ON CONFLICT (message_id, jid) DO UPDATE SET lid = coalesce(r.lid, excluded.lid),
        phone_number = coalesce(r.phone_number, excluded.phone_number),
        delivered_at = least(r.delivered_at, excluded.delivered_at), read_at = least(r.read_at, excluded.read_at),
        played_at = least(r.played_at, excluded.played_at)
"""


def apply(
    fence: Fence, message_ids: list[str], status: MessageStatus, at: datetime, member: Address | None = None
) -> None:
    """Advance messages of ours that were delivered or read; in a group it is noted which `member` has them.

    A receipt for a send whose WhatsApp id is not stored yet is kept until it is (`EarlyReceipts`).
    """
    rows = fence.connection.execute(
        f"WITH found AS ({_FOUND}), noted AS ({_NOTE}) SELECT * FROM found" if member else _FOUND,  # noqa: S608
        {"session": fence.session_id, "ids": message_ids, "status": status, "at": at, **_named(member)},
    ).fetchall()
    messages.advance(fence.connection, fence.session_id, [row["id"] for row in rows], status, at=at)
    settled = [
        row["id"] for row in rows if row["status"] == MessageStatus.UNKNOWN and row["message_type"] in ABOUT_OTHERS
    ]
    if settled:
        sent_actions.apply(fence, settled)
    if early := set(message_ids) - {row["message_id"] for row in rows}:
        _keep_early(fence, early, status, at, member)


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


def _keep_early(
    fence: Fence, message_ids: Collection[str], status: MessageStatus, at: datetime, member: Address | None = None
) -> None:
    fence.connection.execute(
        "INSERT INTO gateway.early_receipts (session_id, message_id, status, at, jid, lid, phone_number)"
        " SELECT %(session)s, unnest(%(ids)s::text[]), %(status)s, %(at)s, %(jid)s, %(lid)s, %(phone)s"
        " ON CONFLICT DO NOTHING",
        {"session": fence.session_id, "ids": list(message_ids), "status": status, "at": at, **_named(member)},
    )


def _named(member: Address | None) -> dict[str, str | None]:
    """Return the parameters for who sent a receipt; of one person, whose chat says who that is, nobody is named."""
    if member is None:
        return {"jid": "", "lid": None, "phone": None}
    return {"jid": member.jid, "lid": member.lid, "phone": member.phone_number}


@dataclass(frozen=True, slots=True)
class ReceiptsOf:
    """When somebody first had, read and played a message; `name` is that of the chat with the person."""

    jid: str
    lid: str | None
    phone_number: str | None
    name: str | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None


def of_message(connection: Connection, message: Message) -> list[ReceiptsOf]:
    """Return who has a message of ours, those of a group who read it first at the top."""
    if message.chat_kind == "user":
        return _of_person(message)
    return (
        connection.cursor(row_factory=class_row(ReceiptsOf))
        .execute(
            """
            SELECT r.jid, r.lid, p.phone_number, (
                SELECT c.name FROM gateway.chats c WHERE c.session_id = %(session)s AND c.kind = 'user'
                    AND (c.lid = r.lid OR c.phone_number = p.phone_number) AND c.name IS NOT NULL LIMIT 1) AS name,
                r.delivered_at, r.read_at, r.played_at
            FROM gateway.message_receipts r CROSS JOIN LATERAL (
                SELECT coalesce(r.phone_number, (SELECT m.phone_number FROM gateway.group_participants m
                    WHERE m.chat_id = %(chat)s AND m.lid = r.lid)) AS phone_number) p
            WHERE r.message_id = %(message)s
            ORDER BY coalesce(r.read_at, r.played_at), r.delivered_at, r.jid
            """,
            {"session": message.session_id, "chat": message.chat_id, "message": message.id},
        )
        .fetchall()
    )


def chats_written_to_by_list(fence: Fence, list_jid: str, message_ids: list[str]) -> list[Chat]:
    """Return the chats with those who wrote these messages by a broadcast list."""
    rows = fence.connection.execute(
        "SELECT DISTINCT chat_id FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = ANY(%s) AND list_jid = %s",
        [fence.session_id, message_ids, list_jid],
    ).fetchall()
    return [chats.get(fence.connection, fence.session_id, row["chat_id"]) for row in rows]


def _of_person(message: Message) -> list[ReceiptsOf]:
    """Return what the message itself says, which is all that there is in a chat with one person."""
    times = (message.delivered_at, message.read_at, message.played_at)
    if not any(times):
        return []
    return [ReceiptsOf(message.remote_jid, message.chat_lid, message.chat_phone, message.chat_name, *times)]


class EarlyReceipts:
    """The receipts that came before the WhatsApp id of their message was stored, asked together with the fence."""

    def __init__(self, connection: Connection, session_id: UUID, whatsapp_id: str) -> None:
        self._taken = connection.execute(
            "DELETE FROM gateway.early_receipts WHERE session_id = %s AND message_id = %s RETURNING *",
            [session_id, whatsapp_id],
        )

    def apply(self, fence: Fence, message_id: UUID) -> None:
        """Apply them to the message."""
        for row in sorted(self._taken.fetchall(), key=lambda receipt: receipt["at"]):
            status = MessageStatus(row["status"])
            messages.advance(fence.connection, fence.session_id, [message_id], status, at=row["at"])
            if row["jid"]:
                self._note(fence, message_id, row)

    def _note(self, fence: Fence, message_id: UUID, row: DictRow) -> None:
        fence.connection.execute(
            f"WITH found AS (SELECT %(id)s::uuid AS id) {_NOTE}",
            {"id": message_id, **row, "phone": row["phone_number"]},
        )
