"""The history of a phone: the pieces that wait to be imported, and the messages and chats they become.

No event tells of a single message. What came by itself meanwhile is left as it is; what comes afterwards once more
becomes a message that came now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.contacts import Names
from gateway.domain.kinds import SHOWN
from gateway.domain.media import MediaState
from gateway.domain.messages import MessageStatus, Origin
from gateway.domain.phone import Address
from gateway.store import chats, media, unread
from gateway.store.chats import TOUCH, Chat
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import past_id
from gateway.store.incoming import Incoming, apply_waiting, event_data, event_type, values_of
from gateway.store.message_files import EXPECT, files_of


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a chunk, with at most one chat; `id` gives the order in which they came."""

    id: int
    device_jid: str
    payload: bytes = field(repr=False)
    attempts: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PastChat:
    """What a piece says of a chat; `unread` messages of those up to `active_at` are."""

    name: str | None
    push_name: str | None
    unread: int
    active_at: datetime | None
    archived: bool
    pinned: bool
    muted_until: datetime | None


PastMessage = tuple[Incoming, MessageStatus]

_json = partial(Jsonb, dumps=partial(json.dumps, default=str))

_STORE = f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%(rows)s) AS rows (
            id uuid, chat uuid, message_id text, jid text, from_me boolean, type text, content text, status text,
            timestamp timestamptz, origin text, lid text, phone text, push_name text, quoted text, target text,
            media jsonb, location jsonb, list_jid text, details jsonb, quote jsonb, shown boolean, media_id uuid,
            motion_id uuid, media_url text, objects jsonb)
    ), stored AS (
        INSERT INTO gateway.whatsapp_explorer_messages
            (id, session_id, chat_id, message_id, remote_jid, from_me, message_type, content, status, timestamp, origin,
             sender_lid, sender_phone, push_name, quoted_id, target_id, media, location, list_jid, details, quote,
             sent_at, media_id, motion_id, media_url)
        SELECT id, %(session)s, chat, message_id, jid, from_me, type, content, status, timestamp, origin,
             lid, phone, push_name, quoted, target, media, location, list_jid, details, quote,
             CASE WHEN from_me THEN timestamp END, media_id, motion_id, media_url
        FROM given ORDER BY timestamp
        ON CONFLICT (session_id, chat_id, message_id, from_me) DO NOTHING
        RETURNING id, chat_id, message_id
    ), kept AS (
        SELECT given.* FROM given JOIN stored USING (id)
    ), new_media AS (
        SELECT jsonb_array_elements(objects) AS object FROM kept
    ), {EXPECT}, latest AS (
        SELECT chat, (array_agg(id ORDER BY timestamp DESC, id DESC))[1] AS id, max(timestamp) AS at,
            0 AS unread, min(timestamp) FILTER (WHERE from_me) AS sent_at
        FROM kept WHERE shown GROUP BY chat
    ), {TOUCH}
    SELECT stored.chat_id, stored.message_id, EXISTS (
        SELECT FROM gateway.waiting_changes w
        WHERE w.session_id = %(session)s AND w.target_id = stored.message_id) AS awaited
    FROM stored
"""  # noqa: S608


def ask_oldest(connection: Connection, session_id: UUID, limit: int) -> Cursor[Piece]:
    """Ask for the oldest pieces that wait; their effect, and forget(), belong in this transaction."""
    return connection.cursor(row_factory=class_row(Piece)).execute(
        f"SELECT {columns_of(Piece)} FROM gateway.history_pieces"  # noqa: S608
        " WHERE session_id = %s AND error IS NULL ORDER BY id LIMIT %s",
        [session_id, limit],
    )


def forget(connection: Connection, pieces: Sequence[Piece]) -> None:
    """Delete pieces that are imported."""
    connection.execute("DELETE FROM gateway.history_pieces WHERE id = ANY(%s)", [[piece.id for piece in pieces]])


def is_waiting(connection: Connection, session_id: UUID) -> bool:
    """Return whether pieces wait to be imported."""
    return ask_oldest(connection, session_id, 1).fetchone() is not None


def count_attempt(connection: Connection, piece_id: int) -> None:
    """Record that a piece could not be imported."""
    connection.execute("UPDATE gateway.history_pieces SET attempts = attempts + 1 WHERE id = %s", [piece_id])


def set_aside(connection: Connection, piece_id: int, error: str) -> None:
    """Leave a piece out of the import until retry(); `error` names the type of what went wrong, never contents."""
    connection.execute("UPDATE gateway.history_pieces SET error = %s WHERE id = %s", [error, piece_id])


def retry(connection: Connection, session_id: UUID | None) -> list[UUID]:
    """Put what was set aside back, of one session or of all. Return the session of each piece."""
    rows = connection.execute(
        "UPDATE gateway.history_pieces SET error = NULL, attempts = 0"
        " WHERE error IS NOT NULL AND (%(session)s::uuid IS NULL OR session_id = %(session)s) RETURNING session_id",
        {"session": session_id},
    ).fetchall()
    return [row["session_id"] for row in rows]


def store(fence: Fence, chat: Chat, messages: Sequence[PastMessage]) -> int:
    """Store messages of a chat that are not there yet, without events. Return how many there were.

    Their ids are of the time of the messages: they are old, also among those of the whole session, and in no turn of
    the assistant that waits. Phones give those of a chat in its order, or against it.
    """
    if not messages:
        return 0
    backwards = messages[0][0].timestamp > messages[-1][0].timestamp
    ordered = reversed(messages) if backwards else messages
    rows = [_row(fence, chat, place, message, status) for place, (message, status) in enumerate(ordered)]
    stored = fence.connection.execute(_STORE, {"session": fence.session_id, "rows": _json(rows)}).fetchall()
    for row in stored:
        if row["awaited"]:
            apply_waiting(fence, row["chat_id"], row["message_id"])
    return len(stored)


def _row(fence: Fence, chat: Chat, place: int, message: Incoming, status: MessageStatus) -> dict[str, Any]:
    files = files_of(message.media)
    objects = [
        {**each, "state": MediaState.ON_DEMAND} if each["state"] == MediaState.PENDING else each
        for each in files.objects
    ]
    marks = {
        "id": past_id(message.timestamp, place),
        "status": status,
        "origin": Origin.HISTORY,
        "shown": message.message_type in SHOWN,
        "objects": objects,
    }
    return {**values_of(chat, message), **marks, **files.columns(fence.session_id)}


def describe(connection: Connection, chat: Chat, past: PastChat) -> None:
    """Note what the phone says of a chat; the name it has for it is better than the one its owner chose."""
    if chat.kind == "user":
        # What they call themselves now is known better from what came by itself.
        chat = chats.rename(connection, chat, Names(past.name, push=chat.push_name or past.push_name))
    connection.execute(
        """
        UPDATE gateway.chats SET name = CASE WHEN kind = 'user' THEN name ELSE coalesce(%(name)s, name) END,
            archived = %(archived)s, pinned = %(pinned)s, muted_until = %(muted)s,
            history_at = coalesce(history_at, clock_timestamp())
        WHERE id = %(chat)s
        """,
        {
            "chat": chat.id,
            "name": past.name,
            "archived": past.archived,
            "pinned": past.pinned,
            "muted": past.muted_until,
        },
    )


def mark_unread(connection: Connection, chat: Chat, past: PastChat) -> None:
    """Mark as unread as many messages of the history as the phone counts, the newest, and no others.

    What was read since, and what came by itself, stays as it is; the latter is in the phone's count where it is older.
    """
    if not past.unread:
        return
    connection.execute(
        """
        WITH newest AS (
            SELECT m.id FROM gateway.whatsapp_explorer_messages m
            WHERE m.chat_id = %(chat)s AND NOT m.from_me AND m.message_type = ANY(%(shown)s)
                AND (%(until)s::timestamptz IS NULL OR m.timestamp <= %(until)s)
            ORDER BY m.timestamp DESC, m.id DESC LIMIT %(unread)s
        ), counted AS (
            SELECT m.id, CASE WHEN m.id IN (SELECT id FROM newest)
                AND m.timestamp > coalesce(c.read_until, '-infinity') THEN 'received' ELSE 'read' END AS status
            FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
            WHERE m.chat_id = %(chat)s AND m.origin = 'history' AND NOT m.from_me
                AND (m.status = 'received' OR m.id IN (SELECT id FROM newest))
        )
        UPDATE gateway.whatsapp_explorer_messages m SET status = counted.status
        FROM counted WHERE m.id = counted.id AND m.status <> counted.status
        """,
        {"chat": chat.id, "shown": list(SHOWN), "until": past.active_at, "unread": past.unread},
    )
    unread.refresh(connection, chat.id)


def name_people(fence: Fence, names: Mapping[Address, str]) -> None:
    """Give chats the names that people chose for themselves, where none is known yet."""
    rows = [{"lid": person.lid, "phone": person.phone_number, "name": name} for person, name in names.items()]
    fence.connection.execute(
        """
        UPDATE gateway.chats c SET push_name = p.name, name = coalesce(c.name, p.name)
        FROM jsonb_to_recordset(%(people)s) AS p (lid text, phone text, name text)
        WHERE c.session_id = %(session)s AND c.kind = 'user' AND c.push_name IS NULL
            AND (c.lid = p.lid OR c.phone_number = p.phone)
        """,
        {"people": Jsonb(rows), "session": fence.session_id},
    )


def count_chats(connection: Connection, session_id: UUID) -> int:
    """Return how many chats came with the history."""
    row = connection.execute(
        "SELECT count(*) AS count FROM gateway.chats WHERE session_id = %s AND history_at IS NOT NULL", [session_id]
    ).fetchone()
    return int(row["count"]) if row else 0


def came_by_itself(fence: Fence, incoming: Incoming) -> UUID | None:
    """Make a message of the history that is delivered now one that came now, with its event. Return its id.

    None where it is not one of the history.
    """
    row = fence.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages
        SET origin = %(origin)s, status = CASE WHEN from_me THEN status ELSE 'received' END
        WHERE session_id = %(session)s AND message_id = %(id)s AND from_me = %(own)s AND origin = 'history'
        RETURNING id, chat_id, media_id, motion_id
        """,
        {
            "origin": Origin.PHONE if incoming.from_me else Origin.CONTACT,
            "session": fence.session_id,
            "id": incoming.message_id,
            "own": incoming.from_me,
        },
    ).fetchone()
    if row is None:
        return None
    fence.media.extend(media.demand(fence.connection, [id for id in (row["media_id"], row["motion_id"]) if id]))
    unread.refresh(fence.connection, row["chat_id"])
    ids = {"id": str(row["id"]), "messageId": incoming.message_id, "chatId": str(row["chat_id"])}
    fence.emit(event_type(incoming), event_data(ids, incoming))
    found: UUID = row["id"]
    return found
