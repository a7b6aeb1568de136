"""What came in: messages, receipts, edits and deletions, each stored once however often it is delivered."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway import correlation
from gateway.domain.events import EventType
from gateway.domain.messages import UNDECRYPTABLE, MessageStatus, Origin
from gateway.domain.phone import Address
from gateway.store import found_chats, messages, raw_events
from gateway.store.chats import TOUCH, Chat
from gateway.store.events import APPEND_EVENTS
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.messages import Message


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of any kind as WhatsApp delivered it; `chat` is a person, `group_jid` any other chat.

    `list_jid` is the broadcast list by which it came into the chat of who wrote it.
    `raw` is the event itself; empty where there is nothing to read in it.
    """

    message_id: str
    chat: Address
    sender: Address
    from_me: bool
    timestamp: datetime
    message_type: str
    content: str | None = None
    push_name: str | None = None
    quoted_id: str | None = None
    target_id: str | None = None
    media: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    quote: dict[str, Any] | None = None
    group_jid: str | None = None
    chat_kind: str = "user"
    list_jid: str | None = None
    mentions: list[str] = field(default_factory=list)
    raw: bytes = field(default=b"", repr=False)


# These are about another message, so they do not become the last message of their chat.
_ABOUT_ANOTHER = ("reaction", "edit", "delete", "poll_vote", "pin")
_EVENT_TYPES = {"reaction": EventType.MESSAGE_REACTION, UNDECRYPTABLE: EventType.MESSAGE_UNDECRYPTABLE}


# One statement for all messages that came together, because this is what a worker does most: it writes the messages,
# their chats, their events. A chat and the session's counter are written once, however many messages there are.
_STORE = f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(%(rows)s) AS rows (
            place integer, id uuid, chat uuid, message_id text, jid text, from_me boolean, type text, content text,
            status text, timestamp timestamptz, origin text, lid text, phone text, push_name text, quoted text,
            target text, media jsonb, location jsonb, list_jid text, details jsonb, quote jsonb, raw text,
            shown boolean, event text, data jsonb)
    ), stored AS (
        INSERT INTO gateway.whatsapp_explorer_messages
            (id, session_id, chat_id, message_id, remote_jid, from_me, message_type, content, status, timestamp, origin,
             sender_lid, sender_phone, push_name, quoted_id, target_id, media, location, list_jid, details, quote,
             sent_at)
        SELECT id, %(session)s, chat, message_id, jid, from_me, type, content, status, timestamp, origin,
             lid, phone, push_name, quoted, target, media, location, list_jid, details, quote,
             CASE WHEN from_me THEN timestamp END
        FROM given ORDER BY place
        ON CONFLICT (session_id, chat_id, message_id, from_me) DO NOTHING RETURNING id
    ), kept AS (
        SELECT given.* FROM given JOIN stored USING (id)
    ), kept_events AS (
        INSERT INTO gateway.raw_events (session_id, message_id, payload)
        SELECT %(session)s, id, decode(raw, 'base64') FROM kept WHERE raw <> ''
    ), latest AS (
        SELECT chat, (array_agg(id ORDER BY place DESC))[1] AS id, max(timestamp) AS at,
            count(*) FILTER (WHERE NOT from_me) AS unread, NULL::timestamptz AS sent_at
        FROM kept WHERE shown GROUP BY chat
    ), {TOUCH}, new_events AS (
        SELECT row_number() OVER (ORDER BY place) AS number, event AS type, data FROM kept
    ), {APPEND_EVENTS}
    SELECT id FROM stored
"""  # noqa: S608


# One parameter: psycopg takes five times as long over lists of values (measured).
_json = partial(Jsonb, dumps=partial(json.dumps, default=str))


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """A message that whatsmeow's store says was delivered to us; JIDs without device."""

    message_id: str
    chat_jid: str
    sender_jid: str


def store(fence: Fence, incoming: Sequence[Incoming]) -> list[UUID | None]:
    """Store messages in their order, each with its event. Return their ids, None for each that was stored before."""
    if not incoming:
        return []
    pairs = zip(_chats_of(fence, incoming), incoming, strict=True)
    rows = [_row(place, chat, message) for place, (chat, message) in enumerate(pairs)]
    found = fence.connection.execute(
        _STORE, {"session": fence.session_id, "rows": _json(rows), "correlation": correlation.current()}
    ).fetchall()
    stored = {row["id"] for row in found}
    return [row["id"] if row["id"] in stored else None for row in rows]


def _chats_of(fence: Fence, incoming: Sequence[Incoming]) -> list[Chat]:
    """Return the chat of each message; a later message may show that the chats of two earlier ones are one."""
    for message in incoming:
        chat_of(fence, message)
    return [found_chats.found(fence, message.chat, message.group_jid, _name(message)) for message in incoming]


def _row(place: int, chat: Chat, incoming: Incoming) -> dict[str, Any]:
    values = _values(chat, incoming)
    return {"place": place, **values, **_event(values["id"], chat, incoming)}


def _event(id: UUID, chat: Chat, incoming: Incoming) -> dict[str, Any]:
    """Return the message's event, and whether it is `shown` as the last message of its chat."""
    data = {"id": str(id), "messageId": incoming.message_id, "chatId": str(chat.id)}
    data |= {"targetMessageId": incoming.target_id} if incoming.target_id else {}
    return {
        "shown": incoming.message_type not in _ABOUT_ANOTHER,
        "event": _EVENT_TYPES.get(incoming.message_type, EventType.MESSAGE_RECEIVED),
        "data": {**data, "fromMe": incoming.from_me, "messageType": incoming.message_type},
    }


def chat_of(fence: Fence, incoming: Incoming) -> Chat:
    """Return the chat a message belongs to; a person's push name becomes its name."""
    return found_chats.chat_at(fence, incoming.chat, incoming.group_jid, incoming.chat_kind, _name(incoming))


def _name(incoming: Incoming) -> str | None:
    return None if incoming.from_me or incoming.group_jid else incoming.push_name


def replace_placeholder(fence: Fence, incoming: Incoming) -> UUID | None:
    """Fill in a message that was stored as undecryptable and has come again readable.

    Return its id; None when no such placeholder is stored.
    """
    if incoming.message_type == UNDECRYPTABLE:
        return None
    target = _target(fence, incoming, incoming.message_id, from_me=incoming.from_me)
    if target is None or target.message_type != UNDECRYPTABLE:
        return None
    fence.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages SET message_type = %(type)s, content = %(content)s,
            media = %(media)s, location = %(location)s, details = %(details)s, quote = %(quote)s,
            quoted_id = %(quoted)s WHERE id = %(target)s
        """,
        {
            "type": incoming.message_type,
            "content": incoming.content,
            "media": Jsonb(incoming.media) if incoming.media else None,
            "location": Jsonb(incoming.location) if incoming.location else None,
            "details": Jsonb(incoming.details) if incoming.details else None,
            "quote": Jsonb(incoming.quote) if incoming.quote else None,
            "quoted": incoming.quoted_id,
            "target": target.id,
        },
    )
    raw_events.keep(fence.connection, fence.session_id, target.id, incoming.raw)
    data = {"id": str(target.id), "messageId": incoming.message_id, "chatId": str(target.chat_id)}
    fence.emit(EventType.MESSAGE_RECEIVED, {**data, "fromMe": incoming.from_me, "messageType": incoming.message_type})
    return target.id


def edit(fence: Fence, incoming: Incoming) -> bool:
    """Change the text of the message `target_id`; False when it is not stored. An older edit does not undo a newer."""
    target = _target(fence, incoming, incoming.target_id, from_me=incoming.from_me)
    if target is None:
        return False
    changed = fence.connection.execute(
        "UPDATE gateway.whatsapp_explorer_messages SET content = %s, edited_at = %s"
        " WHERE id = %s AND deleted_at IS NULL AND (edited_at IS NULL OR edited_at < %s)",
        [incoming.content, incoming.timestamp, target.id, incoming.timestamp],
    )
    if changed.rowcount:
        _emit_change(fence, EventType.MESSAGE_EDITED, target, incoming)
    return True


def delete(fence: Fence, incoming: Incoming) -> bool:
    """Empty the message `target_id` and keep its row; False when it is not stored."""
    target = _target(fence, incoming, incoming.target_id, from_me=incoming.from_me)
    if target is None:
        return False
    changed = fence.connection.execute(
        "UPDATE gateway.whatsapp_explorer_messages SET content = NULL, media = NULL, location = NULL, details = NULL,"
        " quote = NULL, deleted_at = %s WHERE id = %s AND deleted_at IS NULL",
        [incoming.timestamp, target.id],
    )
    if changed.rowcount:
        raw_events.forget(fence.connection, fence.session_id, target.id)
        _emit_change(fence, EventType.MESSAGE_DELETED, target, incoming)
    return True


def report_lost(fence: Fence, delivered: list[DeliveredMessage]) -> int:
    """Append a `message.lost` event for each of these that was neither stored nor set aside. Return how many."""
    ids = [message.message_id for message in delivered]
    known = fence.connection.execute(
        """
        SELECT message_id FROM gateway.whatsapp_explorer_messages
        WHERE session_id = %(session)s AND message_id = ANY(%(ids)s)
        UNION ALL SELECT data ->> 'changeId' FROM gateway.events
        WHERE session_id = %(session)s AND type IN ('message.edited', 'message.deleted')
          AND data ->> 'changeId' = ANY(%(ids)s)
        UNION ALL SELECT data ->> 'messageId' FROM gateway.events
        WHERE session_id = %(session)s AND type = 'message.unprocessed' AND data ->> 'messageId' = ANY(%(ids)s)
        """,
        {"session": fence.session_id, "ids": ids},
    ).fetchall()
    lost = [message for message in delivered if message.message_id not in {row["message_id"] for row in known}]
    for message in lost:
        data = {"messageId": message.message_id, "chat": message.chat_jid, "sender": message.sender_jid}
        fence.emit(EventType.MESSAGE_LOST, data)
    return len(lost)


def _emit_change(fence: Fence, kind: EventType, target: Message, incoming: Incoming) -> None:
    """`changeId` is the WhatsApp id of the edit or deletion itself."""
    data = {"id": str(target.id), "messageId": target.message_id, "chatId": str(target.chat_id)}
    fence.emit(kind, {**data, "changeId": incoming.message_id})


def _target(fence: Fence, incoming: Incoming, message_id: str | None, *, from_me: bool) -> Message | None:
    found = messages.select(
        fence.connection,
        "m.session_id = %(session)s AND m.chat_id = %(chat)s AND m.message_id = %(id)s AND m.from_me = %(from_me)s",
        {
            "session": fence.session_id,
            "chat": chat_of(fence, incoming).id,
            "id": message_id,
            "from_me": from_me,
        },
    )
    return found[0] if found else None


def _values(chat: Chat, incoming: Incoming) -> dict[str, Any]:
    return {
        "id": new_id(),
        "chat": chat.id,
        "message_id": incoming.message_id,
        "jid": chat.remote_jid,
        "from_me": incoming.from_me,
        "type": incoming.message_type,
        "content": incoming.content,
        "status": MessageStatus.SENT if incoming.from_me else MessageStatus.RECEIVED,
        "timestamp": incoming.timestamp,
        "origin": Origin.PHONE if incoming.from_me else Origin.CONTACT,
        "lid": incoming.sender.lid,
        "phone": incoming.sender.phone_number,
        "push_name": incoming.push_name,
        "quoted": incoming.quoted_id,
        "target": incoming.target_id,
        "media": incoming.media or None,
        "location": incoming.location or None,
        "list_jid": incoming.list_jid,
        "details": incoming.details,
        "quote": incoming.quote,
        "raw": base64.b64encode(incoming.raw).decode(),
    }
