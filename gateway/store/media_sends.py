"""Files on their way into messages: made ready of an upload, stored at WhatsApp, and sent by all that wait for them.

A message whose file is not at WhatsApp yet has its command all the same, which is held: it expires, and ends with its
device, as every other does; what is sent meanwhile leaves before it. Whoever gets a file further holds the session's
row lock, so that no message begins to wait for what has just happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.commands import CommandError, CommandKind
from gateway.domain.files import KEPT_AT_WHATSAPP, SentFile, WhatsAppFile
from gateway.domain.media import MediaOrigin, MediaState
from gateway.domain.messages import MessageStatus
from gateway.store import commands, media, messages
from gateway.store.columns import columns_of
from gateway.store.commands import HELD, Command
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.media import MediaObject
from gateway.store.messages import Message
from gateway.store.sessions import Session

_COLUMNS = columns_of(MediaObject)
# The messages that wait for a file, each with its command.
_WAITING = """gateway.whatsapp_explorer_messages m JOIN gateway.commands c ON c.id = m.command_id
    WHERE m.session_id = %(session)s AND m.media_id = %(media)s AND m.status = 'queued' AND c.status = 'queued'"""


def derive(connection: Connection, upload: MediaObject, kind: str) -> MediaObject:
    """Return what an upload is, or will be, as a message of a kind; what was removed of it is made again."""
    with connection.cursor(row_factory=class_row(MediaObject)) as cursor:
        found = cursor.execute(
            f"""
            INSERT INTO gateway.media_objects (id, session_id, origin, kind, file_name, derived_from)
            VALUES (%(id)s, %(session)s, 'prepared', %(kind)s, %(name)s, %(upload)s)
            ON CONFLICT (derived_from, kind) DO UPDATE SET next_attempt_at = clock_timestamp(),
                state = CASE WHEN media_objects.state = 'erased' THEN 'pending' ELSE media_objects.state END
            RETURNING {_COLUMNS}
            """,  # noqa: S608
            {
                "id": new_id(),
                "session": upload.session_id,
                "kind": kind,
                "name": upload.file_name,
                "upload": upload.id,
            },
        ).fetchone()
    assert found is not None  # noqa: S101 - it is inserted, or was there
    if upload.state == MediaState.PENDING:
        # Not when its form ends, but now.
        connection.execute(
            "UPDATE gateway.media_objects SET next_attempt_at = clock_timestamp() WHERE id = %s", [upload.id]
        )
    return found


def waits(connection: Connection, session: Session, media_id: UUID, expires_seconds: float) -> bool:
    """Return whether what sends a file has to wait for it; what is ready is on its way to WhatsApp then.

    The caller holds the session's row lock. Raises NotFound.
    """
    file = media.get(connection, session.id, media_id)
    if file.whatsapp and file.uploaded_at and datetime.now(UTC) - file.uploaded_at < KEPT_AT_WHATSAPP:
        return False
    if file.state == MediaState.AVAILABLE:
        require_upload(connection, session, media_id, expires_seconds)
    return True


def require_upload(connection: Connection, session: Session, media_id: UUID, expires_seconds: float) -> None:
    """Have a file that is ready stored at WhatsApp, unless that is under way; the caller holds the session's lock."""
    is_under_way = connection.execute(
        "SELECT FROM gateway.commands WHERE session_id = %s AND kind = %s AND status IN ('queued', 'running')"
        " AND payload ->> 'mediaId' = %s",
        [session.id, CommandKind.UPLOAD_MEDIA, str(media_id)],
    ).fetchone()
    if is_under_way is None:
        payload = {"mediaId": str(media_id)}
        commands.enqueue(connection, session, CommandKind.UPLOAD_MEDIA, payload, expires_seconds=expires_seconds)


def publish(connection: Connection, media_id: UUID, run: UUID, values: Mapping[str, Any]) -> bool:
    """Make a prepared file available, with these columns; False where it is this run's no more."""
    assignments = ", ".join(f"{name} = %({name})s" for name in values)
    published = connection.execute(
        f"""
        UPDATE gateway.media_objects SET {assignments}, state = 'available', reason = NULL,
            available_at = clock_timestamp(), claim = NULL, claimed_until = NULL
        WHERE id = %(id)s AND claim = %(run)s AND state = 'pending'
        """,  # noqa: S608
        {**values, "id": media_id, "run": run},
    )
    return published.rowcount == 1


def sent_on(connection: Connection, message: Message, media_id: UUID) -> MediaObject:
    """Return the file of a message as what is sent when that is forwarded: as WhatsApp has it, without an upload."""
    file = media.get(connection, message.session_id, media_id)
    if file.origin == MediaOrigin.PREPARED:
        return file
    prepared = derive(connection, file, message.message_type)
    if prepared.state != MediaState.PENDING or "directPath" not in (message.media or {}):
        return prepared
    connection.execute(
        """
        UPDATE gateway.media_objects p SET state = 'available', whatsapp = %(whatsapp)s, uploaded_at = %(at)s,
            mimetype = r.mimetype, size = r.size, sha256 = r.sha256, width = r.width, height = r.height,
            seconds = r.seconds, page_count = r.page_count, waveform = r.waveform, storage_key = r.storage_key
        FROM gateway.media_objects r WHERE p.id = %(id)s AND r.id = p.derived_from
        """,
        {"id": prepared.id, "whatsapp": Jsonb(message.media), "at": message.timestamp},
    )
    return media.get(connection, message.session_id, prepared.id)


def reject(
    connection: Connection, session_id: UUID, media_id: UUID, run: UUID, reason: str, error: CommandError, detail: str
) -> list[UUID]:
    """Give a file up, and return the messages that waited for it, which have failed.

    The caller holds the session's row lock.
    """
    given_up = connection.execute(
        "UPDATE gateway.media_objects SET state = 'unavailable', reason = %s, source = NULL, storage_key = NULL,"
        " claim = NULL, claimed_until = NULL WHERE id = %s AND claim = %s AND state = 'pending'",
        [reason, media_id, run],
    )
    if not given_up.rowcount:
        return []
    rows = connection.execute(
        f"""
        UPDATE gateway.commands SET status = 'failed', error = %(error)s, error_detail = %(detail)s, finished_at = now()
        WHERE id IN (SELECT c.id FROM {_WAITING}) RETURNING payload ->> 'messageId' AS message_id
        """,  # noqa: S608
        {"session": session_id, "media": media_id, "error": error, "detail": detail},
    ).fetchall()
    ids = [UUID(row["message_id"]) for row in rows]
    messages.advance(connection, session_id, ids, MessageStatus.FAILED, error=error, detail=detail)
    let_go(connection, session_id, media_id)
    return ids


def waiting(fence: Fence, media_id: UUID) -> list[Command]:
    """Return the commands that wait for a file."""
    with fence.connection.cursor(row_factory=class_row(Command)) as cursor:
        return cursor.execute(
            f"SELECT {commands.COLUMNS} FROM gateway.commands WHERE id IN (SELECT c.id FROM {_WAITING}) ORDER BY seq",  # noqa: S608
            {"session": fence.session_id, "media": media_id},
        ).fetchall()


def sent_file(fence: Fence, media_id: UUID) -> SentFile | None:
    """Return a file as it is sent; None where WhatsApp does not have it."""
    file = media.get(fence.connection, fence.session_id, media_id)
    if file.whatsapp is None or file.uploaded_at is None:
        return None
    return SentFile(
        WhatsAppFile.of(file.whatsapp),
        file.uploaded_at,
        file.mimetype or "application/octet-stream",
        file.width,
        file.height,
        file.seconds,
        file.page_count,
        file.waveform,
        file.thumbnail,
        file.file_name,
    )


def stored_at_whatsapp(fence: Fence, media_id: UUID, file: WhatsAppFile) -> None:
    """Remember where WhatsApp has a file, and let go the messages that wait for it."""
    fence.connection.execute(
        "UPDATE gateway.media_objects SET whatsapp = %s, uploaded_at = clock_timestamp() WHERE id = %s",
        [Jsonb(file.to_document()), media_id],
    )
    let_go(fence.connection, fence.session_id, media_id)


def let_go(connection: Connection, session_id: UUID, media_id: UUID) -> None:
    """Let go the messages that waited for a file which WhatsApp has, or which was given up.

    An album and its parts wait until none of their files is awaited any more: so they leave together, in their order.
    """
    connection.execute(
        f"""
        WITH told AS (
            SELECT (outgoing ->> 'album')::uuid AS album, command_id FROM gateway.whatsapp_explorer_messages
            WHERE session_id = %(session)s AND media_id = %(media)s AND from_me
        ), albums AS (
            SELECT a.command_id, parts.ids FROM gateway.whatsapp_explorer_messages a CROSS JOIN LATERAL (
                SELECT array_agg(part::uuid) AS ids FROM jsonb_array_elements_text(a.details -> 'parts') AS part
            ) parts WHERE a.id IN (SELECT album FROM told) AND NOT EXISTS (
                SELECT FROM gateway.whatsapp_explorer_messages p JOIN gateway.media_objects o ON o.id = p.media_id
                WHERE p.id = ANY(parts.ids) AND p.status = 'queued'
                    AND (o.uploaded_at IS NULL OR o.uploaded_at < now() - %(kept)s))
        )
        UPDATE gateway.commands SET not_before = NULL WHERE not_before = {HELD} AND status = 'queued' AND id IN (
            SELECT command_id FROM told WHERE album IS NULL UNION SELECT command_id FROM albums UNION
            SELECT p.command_id FROM gateway.whatsapp_explorer_messages p JOIN albums ON p.id = ANY(albums.ids))
        """,  # noqa: S608
        {"session": session_id, "media": media_id, "kept": KEPT_AT_WHATSAPP},
    )
