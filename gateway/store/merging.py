"""The messages of two chats that prove to be one. No module that this one needs imports gateway.store.chats."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.kinds import PLACEHOLDERS
from gateway.store import changes, message_files, presences, unread
from gateway.store.changes import Place
from gateway.store.database import Connection

# `k` and `o` are the two rows of a message that is in both chats.
_SAYS_MORE = "k.message_type = ANY(%(placeholders)s) AND o.message_type <> 'undecryptable'"
# Of one of the two as they are.
_WHOLE = ", ".join(
    f"{column} = CASE WHEN coalesce(k.deleted_at, o.deleted_at) IS NOT NULL THEN NULL"
    f" WHEN {_SAYS_MORE} THEN o.{column} ELSE k.{column} END"
    for column in ("media", "media_id", "motion_id", "media_url", "quote", "mentions")
)
_IS_NEWER = "coalesce(o.edited_at, '-infinity') > coalesce(k.edited_at, '-infinity')"


def combine_copies(connection: Connection, kept: UUID, other: UUID) -> None:
    """Leave one row of each message that is in both chats, with all that is known of it."""
    parameters = {"kept": kept, "other": other, "placeholders": list(PLACEHOLDERS)}
    presences.merge(connection, kept, other)
    files = _files_of_copies(connection, kept, other)
    connection.execute(
        f"""
        UPDATE gateway.whatsapp_explorer_messages k SET
            message_type = CASE WHEN {_SAYS_MORE} THEN o.message_type ELSE k.message_type END,
            content = CASE WHEN coalesce(k.deleted_at, o.deleted_at) IS NOT NULL THEN NULL
                WHEN {_IS_NEWER} THEN o.content
                WHEN k.edited_at IS NULL AND {_SAYS_MORE} THEN o.content ELSE k.content END,
            {_WHOLE},
            location = CASE WHEN coalesce(k.deleted_at, o.deleted_at) IS NOT NULL THEN NULL
                WHEN {_IS_NEWER} THEN coalesce(o.location, k.location)
                WHEN {_SAYS_MORE} THEN coalesce(k.location, o.location) ELSE k.location END,
            details = CASE WHEN coalesce(k.deleted_at, o.deleted_at) IS NOT NULL THEN NULL
                WHEN {_IS_NEWER} THEN coalesce(o.details, k.details)
                WHEN {_SAYS_MORE} THEN coalesce(k.details, o.details) ELSE k.details END,
            quoted_id = coalesce(k.quoted_id, o.quoted_id), target_id = coalesce(k.target_id, o.target_id),
            forwarding_score = coalesce(k.forwarding_score, o.forwarding_score),
            deleted_by = coalesce(k.deleted_by, o.deleted_by), edits = CASE
                WHEN coalesce(k.deleted_at, o.deleted_at) IS NOT NULL THEN NULL
                WHEN {_IS_NEWER} THEN o.edits ELSE k.edits END,
            push_name = coalesce(k.push_name, o.push_name), edited_at = greatest(k.edited_at, o.edited_at),
            deleted_at = least(k.deleted_at, o.deleted_at), read_at = coalesce(k.read_at, o.read_at),
            status = CASE WHEN k.status = 'received' THEN o.status ELSE k.status END
        FROM gateway.whatsapp_explorer_messages o
        WHERE k.chat_id = %(kept)s AND o.chat_id = %(other)s AND k.message_id = o.message_id AND k.from_me = o.from_me
        """,  # noqa: S608
        parameters,
    )
    connection.execute(
        """
        DELETE FROM gateway.whatsapp_explorer_messages m USING gateway.whatsapp_explorer_messages k
        WHERE m.chat_id = %(other)s AND k.chat_id = %(kept)s AND k.message_id = m.message_id AND k.from_me = m.from_me
        """,
        parameters,
    )
    message_files.erase_unused(connection, files)


def _files_of_copies(connection: Connection, kept: UUID, other: UUID) -> list[UUID]:
    rows = connection.execute(
        """
        SELECT file FROM gateway.whatsapp_explorer_messages k
        JOIN gateway.whatsapp_explorer_messages o ON o.message_id = k.message_id AND o.from_me = k.from_me
        CROSS JOIN LATERAL unnest(ARRAY[k.media_id, k.motion_id, o.media_id, o.motion_id]) AS file
        WHERE k.chat_id = %s AND o.chat_id = %s AND file IS NOT NULL
        """,
        [kept, other],
    ).fetchall()
    return [row["file"] for row in rows]


def combine_marks(connection: Connection, kept: UUID, other: UUID) -> None:
    """Keep what silences the assistant in either chat, and what was read in either."""
    connection.execute(
        """
        UPDATE gateway.chats k SET takeover_until = greatest(k.takeover_until, o.takeover_until),
            handed_back_at = greatest(k.handed_back_at, o.handed_back_at),
            read_until = greatest(k.read_until, o.read_until),
            opted_out_at = greatest(k.opted_out_at, o.opted_out_at),
            fallback_at = greatest(k.fallback_at, o.fallback_at)
        FROM gateway.chats o WHERE k.id = %s AND o.id = %s
        """,
        [kept, other],
    )


def apply_pending(connection: Connection, session_id: UUID, chat_id: UUID) -> None:
    """Apply in the merged chat what had no effect in the two: changes that waited, and what was read."""
    changes.apply_waiting(Place(connection, session_id, chat_id))
    unread.raise_read_until(connection, chat_id)
    connection.execute(
        "UPDATE gateway.whatsapp_explorer_messages SET status = 'read', read_at = clock_timestamp() WHERE id = ANY(%s)",
        [[row.id for row in unread.read_meanwhile(connection, chat_id)]],
    )
    unread.refresh(connection, chat_id)
