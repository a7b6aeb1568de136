"""What stands for a message until that can be read, and what happens when it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.changes import Author
from gateway.domain.kinds import PLACEHOLDERS, SHOWN, says_more
from gateway.domain.media import without_previews
from gateway.domain.phone import Address
from gateway.store import message_files, messages, raw_events, unread, waiting
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming, apply_waiting, chat_of, event_data, event_type, keep_waiting
from gateway.store.waiting import Waiting


@dataclass(frozen=True, slots=True)
class _Stored:
    id: UUID
    chat_id: UUID
    message_type: str
    author: Author
    sealed: bool


def fill_in(fence: Fence, incoming: Incoming) -> UUID | None:
    """Put a message into the place of what stands for it; what was deleted or edited meanwhile stays so.

    Return its id; None when nothing stands for it, or something by another sender, or nothing that says less.
    """
    stored = _stored(fence, incoming)
    if stored is None or not _fills_in(incoming, stored):
        return None
    _write(fence, stored, incoming)
    raw_events.keep(fence.connection, fence.session_id, stored.id, incoming.raw)
    if stored.sealed:
        waiting.end(fence.connection, stored.id)
    keep_waiting(fence, stored.id, incoming)
    ids = {"id": str(stored.id), "messageId": incoming.message_id, "chatId": str(stored.chat_id)}
    fence.emit(event_type(incoming), event_data(ids, incoming))
    if (stored.message_type in SHOWN) != (incoming.message_type in SHOWN):
        unread.refresh(fence.connection, stored.chat_id)
    apply_waiting(fence, stored.chat_id, incoming.message_id)
    return stored.id


def as_it_came(fence: Fence, row: Waiting) -> Incoming:
    """Return a message that waits as it was when it came."""
    [message] = messages.select(fence.connection, "m.id = %(id)s", {"id": row.id})
    return Incoming(
        row.message_id,
        Address(message.chat_lid, message.chat_phone),
        Address(row.sender_lid, row.sender_phone),
        row.from_me,
        message.timestamp,
        row.message_type,
        quoted_id=message.quoted_id,
        target_id=row.target_id,
        group_jid=None if message.chat_kind == "user" else message.remote_jid,
        chat_kind=message.chat_kind,
        target_own=row.target_own,
        target_author=Address(row.target_lid, row.target_phone),
        changed_at=row.changed_at,
        sealed=row.sealed,
    )


def _fills_in(incoming: Incoming, stored: _Stored) -> bool:
    if not stored.author.is_sender(from_me=incoming.from_me, sender=incoming.sender):
        return False
    if stored.sealed:
        return incoming.sealed is None and incoming.message_type not in PLACEHOLDERS
    return says_more(incoming.message_type, stored.message_type)


def _stored(fence: Fence, incoming: Incoming) -> _Stored | None:
    row = fence.connection.execute(
        """
        SELECT m.id, m.chat_id, m.message_type, m.from_me, m.sender_lid, m.sender_phone, c.kind,
            EXISTS (SELECT FROM gateway.waiting_changes w WHERE w.id = m.id AND w.sealed IS NOT NULL) AS sealed
        FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
        WHERE m.session_id = %s AND m.message_id = %s AND m.chat_id = %s AND m.from_me = %s
        """,
        [fence.session_id, incoming.message_id, chat_of(fence, incoming).id, incoming.from_me],
    ).fetchone()
    if row is None:
        return None
    author = Author(row["from_me"], Address(row["sender_lid"], row["sender_phone"]), row["kind"])
    return _Stored(row["id"], row["chat_id"], row["message_type"], author, row["sealed"])


def _write(fence: Fence, stored: _Stored, incoming: Incoming) -> None:
    files = message_files.files_of(incoming.media)
    row = fence.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages SET message_type = %(type)s, quoted_id = %(quoted)s,
            target_id = %(target)s, forwarding_score = %(forwarding_score)s, mentions = %(mentions)s::jsonb,
            push_name = coalesce(push_name, %(name)s),
            content = CASE WHEN deleted_at IS NOT NULL OR edited_at IS NOT NULL THEN content ELSE %(content)s END,
            media = CASE WHEN deleted_at IS NULL THEN %(media)s::jsonb END,
            media_id = CASE WHEN deleted_at IS NULL THEN %(media_id)s::uuid END,
            motion_id = CASE WHEN deleted_at IS NULL THEN %(motion_id)s::uuid END,
            media_url = CASE WHEN deleted_at IS NULL THEN %(media_url)s END,
            location = CASE WHEN deleted_at IS NULL THEN coalesce(location, %(location)s::jsonb) END,
            details = CASE WHEN deleted_at IS NULL THEN coalesce(details, %(details)s::jsonb) END,
            quote = CASE WHEN deleted_at IS NULL THEN %(quote)s::jsonb END
        WHERE id = %(id)s RETURNING deleted_at IS NULL AS kept
        """,
        {
            "type": incoming.message_type,
            "quoted": incoming.quoted_id,
            "target": incoming.target_id,
            "name": incoming.push_name,
            "content": incoming.content,
            "media": _json(without_previews(incoming.media)),
            "location": _json(incoming.location),
            "details": _json(incoming.details),
            "quote": _json(incoming.quote),
            "forwarding_score": incoming.forwarding_score,
            "mentions": Jsonb(incoming.mentions) if incoming.mentions else None,
            "id": stored.id,
            **files.columns(fence.session_id),
        },
    ).fetchone()
    if row and row["kept"]:
        message_files.expect(fence.connection, fence.session_id, files.objects)
        fence.media.extend(files.to_fetch)


def _json(value: dict[str, Any] | None) -> Jsonb | None:
    return Jsonb(value) if value else None
