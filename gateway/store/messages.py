"""Messages as they are read, and the one way their status moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from gateway import correlation
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.domain.messages import PRECEDING, MessageStatus
from gateway.domain.phone import Address
from gateway.store.database import Connection
from gateway.store.events import ANNOUNCE

_COLUMNS = """
    m.id, m.session_id, m.chat_id, m.message_id, m.remote_jid, m.from_me, m.message_type, m.content, m.media_url,
    m.status, m.timestamp, m.created_at, m.origin, m.sender_lid, m.sender_phone, m.push_name, m.quoted_id, m.target_id,
    m.media, m.location, m.secret, m.command_id, m.error, m.error_detail, m.queued_at, m.sent_at, m.delivered_at,
    m.read_at, m.played_at, m.failed_at, m.edited_at, m.deleted_at, m.fingerprint, m.turn_id,
    c.lid AS chat_lid, c.phone_number AS chat_phone, c.kind AS chat_kind
"""
_FROM = "gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id"

# The column that holds the time of a status.
_TIMES = {
    MessageStatus.SENT: "sent_at",
    MessageStatus.DELIVERED: "delivered_at",
    MessageStatus.READ: "read_at",
    MessageStatus.PLAYED: "played_at",
    MessageStatus.FAILED: "failed_at",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A row of whatsapp_explorer_messages with the addresses of its chat; `media` holds keys and never leaves us."""

    id: UUID
    session_id: UUID
    chat_id: UUID
    message_id: str | None
    remote_jid: str
    from_me: bool
    message_type: str
    content: str | None
    media_url: str | None
    status: str
    timestamp: datetime
    created_at: datetime
    origin: str
    sender_lid: str | None
    sender_phone: str | None
    push_name: str | None
    quoted_id: str | None
    target_id: str | None
    media: dict[str, Any] | None
    location: dict[str, Any] | None
    secret: bytes | None
    command_id: UUID | None
    error: str | None
    error_detail: str | None
    queued_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None
    failed_at: datetime | None
    edited_at: datetime | None
    deleted_at: datetime | None
    fingerprint: bytes | None
    turn_id: UUID | None
    chat_lid: str | None
    chat_phone: str | None
    chat_kind: str

    @property
    def recipient(self) -> Address | None:
        """The person of its chat; None for a group."""
        return Address(self.chat_lid, self.chat_phone) if self.chat_kind == "user" else None


def select(connection: Connection, where: str, parameters: dict[str, Any]) -> list[Message]:
    """Messages by a condition over `m` and its chat `c`; `where` is a literal of this package, never input."""
    with connection.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE {where}",  # noqa: S608
            parameters,
        ).fetchall()


def get(connection: Connection, session_id: UUID, message_id: UUID) -> Message:
    """Raises NotFound."""
    found = select(
        connection, "m.session_id = %(session)s AND m.id = %(id)s", {"session": session_id, "id": message_id}
    )
    if not found:
        raise NotFound("message")
    return found[0]


def queue(connection: Connection, values: dict[str, Any]) -> Message:
    """Store a message that is to be sent, as the last of its chat, and say so in the event log; `values` by column."""
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    with connection.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            f"""
            WITH m AS (
                INSERT INTO gateway.whatsapp_explorer_messages ({columns}, timestamp, queued_at)
                VALUES ({places}, clock_timestamp(), clock_timestamp()) RETURNING *
            ), touched AS (
                UPDATE gateway.chats SET last_message_id = m.id, first_sent_at = coalesce(first_sent_at, now()),
                    last_message_at = greatest(last_message_at, m.timestamp)
                FROM m WHERE chats.id = m.chat_id
            ), told AS (
                SELECT 1 AS number, %(type)s::text AS type, jsonb_build_object('id', id, 'chatId', chat_id) AS data
                FROM m
            ), {ANNOUNCE}
            SELECT {_COLUMNS} FROM m JOIN gateway.chats c ON c.id = m.chat_id
            """,  # noqa: S608
            {
                **values,
                "session": values["session_id"],
                "type": EventType.MESSAGE_QUEUED,
                "correlation": correlation.current(),
            },
        ).fetchall()[0]


def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Message]:
    """Those that exist, by their id."""
    return {message.id: message for message in select(connection, "m.id = ANY(%(ids)s)", {"ids": ids})}


def page(
    connection: Connection, session_id: UUID, *, chat_id: UUID | None, before: UUID | None, limit: int
) -> list[Message]:
    """Newest first, in the order in which they were stored, older than `before`."""
    return select(
        connection,
        "m.session_id = %(session)s AND (%(chat)s::uuid IS NULL OR m.chat_id = %(chat)s)"
        " AND (%(before)s::uuid IS NULL OR m.id < %(before)s) ORDER BY m.id DESC LIMIT %(limit)s",
        {"session": session_id, "chat": chat_id, "before": before, "limit": limit},
    )


def unread(connection: Connection, chat_id: UUID) -> list[Message]:
    """What came in and has no read receipt of ours yet, oldest first."""
    return select(
        connection,
        "m.chat_id = %(chat)s AND NOT m.from_me AND m.status = 'received' AND m.message_id IS NOT NULL ORDER BY m.id",
        {"chat": chat_id},
    )


def advance(
    connection: Connection,
    session_id: UUID,
    ids: list[UUID],
    status: MessageStatus,
    *,
    at: datetime | None = None,
    error: str | None = None,
    detail: str | None = None,
    also: dict[str, Any] | None = None,
) -> list[UUID]:
    """Move messages forward and say so in the event log; those that are past it stay. Answers which moved.

    `at` is now where it is not given; `also` are other columns of those that move.
    """
    column = _TIMES.get(status)
    # WhatsApp tells whole seconds, and clocks differ: a step is never dated before the one it follows.
    since = "greatest(%(at)s, queued_at, sent_at, delivered_at)" if at else "clock_timestamp()"
    stamp = f", {column} = coalesce({column}, {since})" if column else ""
    stamp += "".join(f", {name} = %({name})s" for name in also or {})
    rows = connection.execute(
        f"""
        WITH moved AS (
            UPDATE gateway.whatsapp_explorer_messages
            SET status = %(status)s, error = %(error)s, error_detail = %(detail)s {stamp}
            WHERE session_id = %(session)s AND id = ANY(%(ids)s) AND status = ANY(%(preceding)s)
            RETURNING id, message_id, chat_id
        ), told AS (
            SELECT row_number() OVER (ORDER BY id) AS number, %(type)s::text AS type,
                jsonb_build_object('id', id, 'messageId', message_id, 'chatId', chat_id, 'status', %(status)s::text)
                || CASE WHEN %(error)s::text IS NULL THEN '{{}}'::jsonb
                        ELSE jsonb_build_object('error', %(error)s::text) END AS data
            FROM moved
        ), {ANNOUNCE}
        SELECT id FROM moved
        """,  # noqa: S608
        {
            **(also or {}),
            "session": session_id,
            "ids": ids,
            "status": status,
            "at": at,
            "error": error,
            "detail": detail,
            "preceding": list(PRECEDING[status]),
            "type": EventType.MESSAGE_STATUS,
            "correlation": correlation.current(),
        },
    ).fetchall()
    return [row["id"] for row in rows]
