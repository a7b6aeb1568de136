"""Edits, deletions and better copies of pictures, applied to the messages they are about.

A change that may not be made, or that came before its target, is kept as a message of its own that changes nothing. It
is applied, and goes, when the target is stored or proves to be in the same chat, or when its sender proves to be an
admin. No module that this one needs imports gateway.store.chats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.changes import MOTION, Author, Change
from gateway.domain.events import EventType
from gateway.domain.kinds import PLACEHOLDERS
from gateway.domain.media import without_previews
from gateway.domain.phone import Address
from gateway.store import message_files, raw_events, waiting
from gateway.store.database import Connection
from gateway.store.events import emit
from gateway.store.outbound import PREVIEW

_PICTURES = ("image", "video")


@dataclass(frozen=True, slots=True)
class Place:
    """The chat in which a change is made; `media` takes the files that are to be fetched then."""

    connection: Connection
    session_id: UUID
    chat_id: UUID
    media: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Target:
    id: UUID
    message_id: str
    message_type: str
    author: Author
    deleted: bool
    files: tuple[UUID, ...]


def apply(place: Place, change: Change) -> bool:
    """Apply a change; False when its target is not stored, or its sender may not make it."""
    target = _target(place, change)
    return target is not None and _APPLY.get(change.kind, _replace_media)(place, change, target)


def apply_waiting(place: Place, target_ids: Sequence[str] | None = None) -> bool:
    """Apply what waits in a chat, for these messages or for any, and remove it; False when there was nothing.

    The caller sees to the chat's unread count and last message.
    """
    rows = waiting.select(
        place.connection,
        "w.session_id = %(session)s AND m.chat_id = %(chat)s AND w.sealed IS NULL"
        " AND (%(targets)s::text[] IS NULL OR w.target_id = ANY(%(targets)s))",
        {
            "session": place.session_id,
            "chat": place.chat_id,
            "targets": None if target_ids is None else list(target_ids),
        },
    )
    applied = [row.id for row in rows if apply(place, row.change)]
    for id in applied:
        _remove(place.connection, id)
    return bool(applied)


def forget_text(connection: Connection, id: UUID) -> None:
    """Empty an edit of ours that was applied: its text is that of its target, also when that is deleted."""
    connection.execute("UPDATE gateway.whatsapp_explorer_messages SET content = NULL WHERE id = %s", [id])


def remove_own_row(place: Place, change: Change) -> set[UUID]:
    """Remove what is stored in the place of a change that was applied: a placeholder, or itself as it waited.

    A placeholder may be in a chat that is not known yet to be with the same person. Return the chats that lost one.
    """
    rows = place.connection.execute(
        """
        SELECT m.id, m.chat_id, m.from_me, m.sender_lid, m.sender_phone, c.kind
        FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
        JOIN gateway.chats own ON own.id = %(chat)s
        WHERE m.session_id = %(session)s AND m.message_id = %(message)s AND m.from_me = %(from_me)s
            AND (m.message_type = ANY(%(placeholders)s)
                OR EXISTS (SELECT FROM gateway.waiting_changes w WHERE w.id = m.id AND m.chat_id = own.id))
            AND (m.chat_id = own.id OR (c.kind = 'user' AND own.kind = 'user' AND (c.lid IS NULL OR own.lid IS NULL)))
        """,
        {
            "session": place.session_id,
            "message": change.message_id,
            "chat": place.chat_id,
            "from_me": change.from_me,
            "placeholders": list(PLACEHOLDERS),
        },
    ).fetchall()
    chats = set()
    for row in rows:
        author = Author(row["from_me"], Address(row["sender_lid"], row["sender_phone"]), row["kind"])
        if author.is_sender(from_me=change.from_me, sender=change.sender):
            _remove(place.connection, row["id"])
            chats.add(row["chat_id"])
    return chats


def _target(place: Place, change: Change) -> _Target | None:
    """Return the message that the change names, unless its sender may not change it."""
    rows = place.connection.execute(
        """
        SELECT m.id, m.message_id, m.message_type, m.from_me, m.sender_lid, m.sender_phone, m.deleted_at,
            m.media_id, m.motion_id, c.kind AS chat_kind, coalesce(c.admins, '{}') AS admins,
            regexp_replace(s.lid, '[.:][0-9]+(?=@)', '') AS own_lid, s.phone_number AS own_phone
        FROM gateway.whatsapp_explorer_messages m
        JOIN gateway.chats c ON c.id = m.chat_id JOIN gateway.whatsapp_sessions s ON s.id = m.session_id
        WHERE m.session_id = %s AND m.message_id = %s AND m.chat_id = %s AND m.message_id <> %s
        """,
        [place.session_id, change.target_id, place.chat_id, change.message_id],
    ).fetchall()
    for row in rows:
        author = Author(row["from_me"], Address(row["sender_lid"], row["sender_phone"]), row["chat_kind"])
        account = Address(row["own_lid"], row["own_phone"])
        if change.is_about(author, account) and change.is_allowed(author, frozenset(row["admins"])):
            files = tuple(id for id in (row["media_id"], row["motion_id"]) if id)
            deleted = row["deleted_at"] is not None
            return _Target(row["id"], row["message_id"], row["message_type"], author, deleted, files)
    return None


def _edit(place: Place, change: Change, target: _Target) -> bool:
    """Change the text, and what the details of a poll or an event say; one that cannot be read yet may be either.

    An older edit does not undo a newer, and none brings back what was deleted. The text before is kept in `edits`.
    """
    changed = place.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages
        SET content = CASE WHEN deleted_at IS NULL THEN %(content)s::text END, edited_at = %(at)s,
            outgoing = outgoing - %(preview)s,
            details = CASE WHEN deleted_at IS NOT NULL THEN NULL WHEN %(fits)s THEN %(details)s ELSE details END,
            location = CASE WHEN deleted_at IS NOT NULL THEN NULL WHEN %(fits)s THEN %(location)s ELSE location END,
            edits = CASE WHEN deleted_at IS NULL THEN coalesce(edits, '[]') || jsonb_build_object(
                'content', content, 'at', coalesce(edited_at, timestamp)) END
        WHERE id = %(id)s AND (edited_at IS NULL OR edited_at < %(at)s
            OR (edited_at = %(at)s AND deleted_at IS NULL AND content IS DISTINCT FROM %(content)s))
        """,
        {
            "content": change.content,
            "at": change.at,
            "preview": PREVIEW,
            "id": target.id,
            "fits": _fits(change, target),
            "details": _json(change.details),
            "location": _json(change.location),
        },
    )
    _tell(place, EventType.MESSAGE_EDITED, change, target, changed=bool(changed.rowcount) and not target.deleted)
    return True


def _fits(change: Change, target: _Target) -> bool:
    if change.details is None:
        return False
    return target.message_type in (change.details.get("kind"), *PLACEHOLDERS)


def _delete(place: Place, change: Change, target: _Target) -> bool:
    """Empty the message and keep its row."""
    place.connection.execute(
        """
        UPDATE gateway.whatsapp_explorer_messages
        SET content = NULL, media = NULL, location = NULL, details = NULL, quote = NULL, media_id = NULL,
            motion_id = NULL, media_url = NULL, edits = NULL, mentions = NULL, outgoing = outgoing - %s,
            deleted_at = least(deleted_at, %s), deleted_by = coalesce(deleted_by, %s) WHERE id = %s
        """,
        [PREVIEW, change.at, Jsonb(_by(change)), target.id],
    )
    message_files.erase_unused(place.connection, target.files)
    raw_events.forget(place.connection, place.session_id, target.id)
    _tell(place, EventType.MESSAGE_DELETED, change, target, changed=not target.deleted)
    return True


def _by(change: Change) -> dict[str, Any]:
    return {"fromMe": change.from_me, "lid": change.sender.lid, "phoneNumber": change.sender.phone_number}


def _replace_media(place: Place, change: Change, target: _Target) -> bool:
    """Put the better copy of a picture in the place of the first one; False while that could not be read.

    The clip of a motion photo is added to it, and stays when the photo is replaced.
    """
    if target.message_type not in _PICTURES:
        return False
    files = message_files.files_of(change.media)
    changed = place.connection.execute(
        """
        WITH new AS (
            SELECT CASE WHEN %(media)s::jsonb ? %(motion)s THEN coalesce(media, '{}') || %(media)s::jsonb
                ELSE %(media)s::jsonb || CASE WHEN media ? %(motion)s
                    THEN jsonb_build_object(%(motion)s, media -> %(motion)s) ELSE '{}' END END AS media
            FROM gateway.whatsapp_explorer_messages WHERE id = %(id)s
        )
        UPDATE gateway.whatsapp_explorer_messages m SET media = new.media,
            media_id = coalesce(%(media_id)s, m.media_id), motion_id = coalesce(%(motion_id)s, m.motion_id),
            media_url = coalesce(%(media_url)s, m.media_url) FROM new
        WHERE m.id = %(id)s AND m.deleted_at IS NULL AND m.media IS DISTINCT FROM new.media
        """,
        {
            "media": Jsonb(without_previews(change.media)),
            "id": target.id,
            "motion": MOTION,
            **files.columns(place.session_id),
        },
    )
    if changed.rowcount:
        message_files.expect(place.connection, place.session_id, files.objects)
        message_files.erase_unused(place.connection, target.files)
        place.media.extend(files.to_fetch)
    _tell(place, EventType.MESSAGE_EDITED, change, target, changed=bool(changed.rowcount))
    return True


_APPLY: dict[str, Callable[[Place, Change, _Target], bool]] = {"edit": _edit, "delete": _delete}


def _tell(place: Place, kind: EventType, change: Change, target: _Target, *, changed: bool) -> None:
    """Emit the event of a change, whose WhatsApp id is its `changeId`; record the id of one that changed nothing.

    By either the loss audit knows that it came.
    """
    if not changed:
        overtake(place.connection, place.session_id, change.message_id)
        return
    data = {"id": str(target.id), "messageId": target.message_id, "chatId": str(place.chat_id)}
    emit(place.connection, place.session_id, kind, {**data, "changeId": change.message_id})


def overtake(connection: Connection, session_id: UUID, message_id: str) -> None:
    """Record the WhatsApp id of what came and changed nothing that an event tells of."""
    connection.execute(
        "INSERT INTO gateway.overtaken_changes (session_id, message_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [session_id, message_id],
    )


def _json(value: dict[str, Any] | None) -> Jsonb | None:
    return Jsonb(value) if value else None


def _remove(connection: Connection, id: UUID) -> None:
    row = connection.execute(
        "DELETE FROM gateway.whatsapp_explorer_messages WHERE id = %s RETURNING media_id, motion_id", [id]
    ).fetchone()
    message_files.erase_unused(connection, [file for file in (row or {}).values() if file])
