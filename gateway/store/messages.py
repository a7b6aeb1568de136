"""Messages: queries, and the one way their status changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway import correlation
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.domain.kinds import SHOWN
from gateway.domain.messages import PRECEDING, MessageStatus
from gateway.domain.phone import Address
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.events import APPEND_EVENTS
from gateway.store.message_files import SHOWN_FILES
from gateway.store.message_filter import EVERY_MESSAGE, MessageFilter
from gateway.store.unread import RELIST

FROM = "gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id"

SEARCHED_FOR_SENDERS = 10_000

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
    """A row of whatsapp_explorer_messages with the addresses of its chat.

    `media` holds keys and is never shown outside, `files` is what is known of its files; `outgoing` is what only the
    send needs (gateway.store.outbound); `secret` are the bytes by which whatsmeow's store knows a send.
    `timestamp` is WhatsApp's, in whole seconds; of a send ours until `placed_at`, when WhatsApp's was stored.
    `edits` are the earlier texts, oldest first, each with `content` and `at`; `mentions` are JIDs.
    """

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
    automated: bool
    sender_lid: str | None
    sender_phone: str | None
    push_name: str | None
    quoted_id: str | None
    target_id: str | None
    media: dict[str, Any] | None
    location: dict[str, Any] | None
    details: dict[str, Any] | None
    quote: dict[str, Any] | None
    forwarding_score: int | None
    mentions: list[str] | None
    edits: list[dict[str, Any]] | None
    deleted_by: dict[str, Any] | None
    outgoing: dict[str, Any] | None
    secret: bytes | None
    command_id: UUID | None
    error: str | None
    error_detail: str | None
    queued_at: datetime | None
    sent_at: datetime | None
    placed_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    played_at: datetime | None
    failed_at: datetime | None
    edited_at: datetime | None
    deleted_at: datetime | None
    fingerprint: bytes | None
    turn_id: UUID | None
    list_jid: str | None
    earlier_attempts: list[dict[str, Any]] | None
    media_id: UUID | None
    motion_id: UUID | None
    files: list[dict[str, Any]] | None
    chat_lid: str | None
    chat_phone: str | None
    chat_kind: str
    chat_name: str | None
    chat_disappearing: int | None

    @property
    def recipient(self) -> Address | None:
        """The person of its chat; None for a group."""
        return Address(self.chat_lid, self.chat_phone) if self.chat_kind == "user" else None


COLUMNS = columns_of(
    Message,
    "m",
    chat_lid="c.lid",
    chat_phone="c.phone_number",
    chat_kind="c.kind",
    chat_name="c.name",
    chat_disappearing="c.disappearing_seconds",
    files=SHOWN_FILES,
)


def select(connection: Connection, where: str, parameters: dict[str, Any]) -> list[Message]:
    """Return messages by a condition over `m` and its chat `c`; `where` is a literal of this package, never input."""
    return ask(connection, where, parameters).fetchall()


def ask(connection: Connection, where: str, parameters: dict[str, Any]) -> Cursor[Message]:
    """Ask for what select() returns, to be read together with other answers."""
    return connection.cursor(row_factory=class_row(Message)).execute(
        f"SELECT {COLUMNS} FROM {FROM} WHERE {where}",  # noqa: S608
        parameters,
    )


def get(connection: Connection, session_id: UUID, message_id: UUID) -> Message:
    """Return a message of the session. Raises NotFound."""
    found = select(
        connection, "m.session_id = %(session)s AND m.id = %(id)s", {"session": session_id, "id": message_id}
    )
    if not found:
        raise NotFound("message")
    return found[0]


def by_ids(connection: Connection, ids: list[UUID]) -> dict[UUID, Message]:
    """Return the messages that exist, by their id."""
    return {message.id: message for message in select(connection, "m.id = ANY(%(ids)s)", {"ids": ids})}


def page(
    connection: Connection,
    session_id: UUID,
    *,
    chat_id: UUID | None,
    only: MessageFilter = EVERY_MESSAGE,
    before: UUID | None,
    limit: int,
) -> list[Message]:
    """Return messages, in the order in which they were stored, newest first, before the one of the id `before`."""
    return select(
        connection,
        "m.session_id = %(session)s AND (%(chat)s::uuid IS NULL OR m.chat_id = %(chat)s)"
        " AND (%(before)s::uuid IS NULL OR m.id < %(before)s)"
        f"{only.conditions()} ORDER BY m.id DESC LIMIT %(limit)s",
        {**only.parameters(), "session": session_id, "chat": chat_id, "before": before, "limit": limit},
    )


def ids_of_whatsapp_ids(connection: Connection, named: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Return our ids of the messages that are stored, by chat and WhatsApp's id; `named` are by session and that id."""
    if not named:
        return {}
    rows = connection.execute(
        """
        SELECT m.chat_id, m.message_id, m.id FROM unnest(%s::uuid[], %s::text[]) AS named (session_id, message_id)
        JOIN gateway.whatsapp_explorer_messages m USING (session_id, message_id)
        """,
        [[session_id for session_id, _ in named], [whatsapp_id for _, whatsapp_id in named]],
    ).fetchall()
    return {(row["chat_id"], row["message_id"]): row["id"] for row in rows}


def knows_number(connection: Connection, session_id: UUID, phone_number: str) -> bool:
    """Return whether a chat has the number, or one of the senders of the last messages: there is no index of senders.

    In chats it is one that WhatsApp delivered or that was found possible.
    """
    row = connection.execute(
        """
        SELECT EXISTS (SELECT FROM gateway.chats WHERE session_id = %(session)s AND phone_number = %(phone)s)
            OR %(phone)s IN (SELECT sender_phone FROM gateway.whatsapp_explorer_messages
                WHERE session_id = %(session)s ORDER BY id DESC LIMIT %(searched)s) AS known
        """,
        {"session": session_id, "phone": phone_number, "searched": SEARCHED_FOR_SENDERS},
    ).fetchone()
    return bool(row and row["known"])


def reset_send(connection: Connection, message_id: UUID, command_id: UUID) -> None:
    """Give a message another command to be sent by; of the earlier attempt its end is kept.

    Where nobody knows that end, no receipt for it tells of the message any more.
    """
    connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages SET command_id = %s, queued_at = clock_timestamp(),
            failed_at = NULL, secret = NULL, message_id = NULL,
            earlier_attempts = coalesce(earlier_attempts, '[]') || jsonb_build_object(
                'queuedAt', queued_at, 'failedAt', failed_at, 'error', error, 'errorDetail', error_detail)
        WHERE id = %s
        """,
        [command_id, message_id],
    )


# The last CTEs of a statement whose CTE `moved` has the messages that changed their status, to its parameter `status`;
# `type`, `error` and those of APPEND_EVENTS are others.
STATUS_EVENTS = f"""
    new_events AS (
        SELECT row_number() OVER (ORDER BY id) AS number, %(type)s::text AS type,
            jsonb_build_object('id', id, 'messageId', message_id, 'chatId', chat_id, 'status', %(status)s::text)
            || CASE WHEN %(error)s::text IS NULL THEN '{{}}'::jsonb
                    ELSE jsonb_build_object('error', %(error)s::text) END AS data
        FROM moved
    ), {APPEND_EVENTS}
"""  # noqa: S608


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
) -> None:
    """Change the status of messages, with an event for each; those that are past it stay.

    `at` is now where it is not given; `also` are other columns of those that change, by name. What is sent may be the
    last message of its chat by its `timestamp` now, or not any more.
    """
    others = also or {}
    connection.execute(
        f"""
        WITH moved AS (
            UPDATE gateway.whatsapp_explorer_messages SET {assignments(status, list(others), dated=at is not None)}
            WHERE session_id = %(session)s AND id = ANY(%(ids)s) AND status = ANY(%(preceding)s)
            RETURNING id, message_id, chat_id, timestamp, message_type
        ), {RELIST + "," if status is MessageStatus.SENT else ""} {STATUS_EVENTS}
        SELECT FROM moved
        """,  # noqa: S608
        {
            **others,
            "session": session_id,
            "ids": ids,
            "status": status,
            "at": at,
            "error": error,
            "detail": detail,
            "preceding": list(PRECEDING[status]),
            "shown": list(SHOWN),
            "type": EventType.MESSAGE_STATUS,
            "correlation": correlation.current(),
        },
    )


def assignments(status: MessageStatus, others: list[str], *, dated: bool) -> str:
    """Return what UPDATE sets for a status: its time once, with the parameter `at` where `dated`, and other columns."""
    set_to = {"status": "%(status)s", "error": "%(error)s", "error_detail": "%(detail)s"}
    if (column := _TIMES.get(status)) is not None:
        # WhatsApp's own time as it is: in whole seconds, and by its clock; `queued_at` is by ours.
        since = "%(at)s" if dated else "clock_timestamp()"
        set_to[column] = f"coalesce({column}, {since})"
    if status is MessageStatus.SENT:
        set_to["placed_at"] = "clock_timestamp()"
    set_to |= {name: f"%({name})s" for name in others}
    return ", ".join(f"{name} = {value}" for name, value in set_to.items())
