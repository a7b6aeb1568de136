"""Files of messages: those that came and are to be fetched, those given to be sent, and what is stored of them.

One run at a time works on a file. One that is killed leaves a claim, after whose end the next one begins again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from gateway import correlation
from gateway.domain.errors import NotFound
from gateway.domain.events import EventType
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.events import APPEND_EVENTS


@dataclass(frozen=True, slots=True)
class MediaObject:
    """A row of media_objects; `source` holds keys and is never shown outside, as `whatsapp` does."""

    id: UUID
    session_id: UUID
    origin: str
    kind: str | None
    state: str
    reason: str | None
    mimetype: str | None
    file_name: str | None
    size: int | None
    sha256: bytes | None
    width: int | None
    height: int | None
    seconds: int | None
    page_count: int | None
    waveform: bytes | None
    storage_key: str | None
    thumbnail_key: str | None
    thumbnail: bytes | None
    source: dict[str, Any] | None = field(repr=False)
    derived_from: UUID | None
    whatsapp: dict[str, Any] | None = field(repr=False)
    uploaded_at: datetime | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file once it is stored; `mimetype` is that of its content, where that could be told."""

    storage_key: str
    size: int
    mimetype: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_key: str | None = None


_COLUMNS = columns_of(MediaObject)
# The lock between those who store under a key and the sweeper, which removes what is there.
REMOVING = "gateway.media.removing"


def get(connection: Connection, session_id: UUID, media_id: UUID) -> MediaObject:
    """Return a file of the session. Raises NotFound."""
    with connection.cursor(row_factory=class_row(MediaObject)) as cursor:
        found = cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.media_objects WHERE id = %s AND session_id = %s",  # noqa: S608
            [media_id, session_id],
        ).fetchone()
    if found is None:
        raise NotFound("file")
    return found


def claim(connection: Connection, media_id: UUID, run: UUID, seconds: float) -> MediaObject | None:
    """Make a pending file this run's for so long; None where it is another's, not due, or not pending any more."""
    with connection.cursor(row_factory=class_row(MediaObject)) as cursor:
        return cursor.execute(
            f"""
            UPDATE gateway.media_objects
            SET claim = %(run)s, claimed_until = clock_timestamp() + make_interval(secs => %(seconds)s)
            WHERE id = %(id)s AND state = 'pending' AND next_attempt_at <= clock_timestamp()
                AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
            RETURNING {_COLUMNS}
            """,  # noqa: S608
            {"id": media_id, "run": run, "seconds": seconds},
        ).fetchone()


def policy_of(connection: Connection, session_id: UUID) -> dict[str, Any] | None:
    """Return the session's media policy as it is stored."""
    row = connection.execute(
        "SELECT media_policy FROM gateway.whatsapp_sessions WHERE id = %s", [session_id]
    ).fetchone()
    return row["media_policy"] if row else None


def stored_copy(connection: Connection, session_id: UUID, key: str) -> StoredFile | None:
    """Return what is known of the bytes with this key, where another file of the session has them."""
    with connection.cursor(row_factory=class_row(StoredFile)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(StoredFile)} FROM gateway.media_objects"  # noqa: S608
            " WHERE session_id = %s AND storage_key = %s AND state = 'available' LIMIT 1",
            [session_id, key],
        ).fetchone()


def reserve(connection: Connection, media_id: UUID, run: UUID, key: str) -> bool:
    """Say before bytes are stored under a key that this file needs them; False while others are being removed there."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [REMOVING])
    removing = connection.execute(
        "SELECT 1 FROM gateway.media_objects WHERE storage_key = %s AND state = 'erased'"
        " AND claimed_until > clock_timestamp() LIMIT 1",
        [key],
    ).fetchone()
    if removing:
        return False
    reserved = connection.execute(
        "UPDATE gateway.media_objects SET storage_key = %s WHERE id = %s AND claim = %s AND state = 'pending'",
        [key, media_id, run],
    )
    return bool(reserved.rowcount)


def publish(connection: Connection, media_id: UUID, run: UUID, stored: StoredFile) -> bool:
    """Make a file available, with its event; False where it is this run's no more, or was erased meanwhile."""
    return _settle(
        connection,
        media_id,
        run,
        """
        state = 'available', available_at = clock_timestamp(), storage_key = %(storage_key)s, size = %(size)s,
        mimetype = coalesce(%(mimetype)s, mimetype), width = coalesce(%(width)s, width),
        height = coalesce(%(height)s, height), thumbnail_key = %(thumbnail_key)s
        """,
        {name: getattr(stored, name) for name in StoredFile.__slots__},
    )


def give_up(connection: Connection, media_id: UUID, run: UUID, reason: str) -> bool:
    """Make a file unavailable for ever, with its event; False where it is this run's no more."""
    return _settle(
        connection, media_id, run, "state = 'unavailable', reason = %(reason)s, storage_key = NULL", {"reason": reason}
    )


def put_off(connection: Connection, media_id: UUID, run: UUID, seconds: float) -> None:
    """Have a file tried again in so many seconds."""
    connection.execute(
        """
        UPDATE gateway.media_objects SET claim = NULL, claimed_until = NULL, attempts = attempts + 1,
            next_attempt_at = clock_timestamp() + make_interval(secs => %s)
        WHERE id = %s AND claim = %s AND state = 'pending'
        """,
        [seconds, media_id, run],
    )


def _settle(
    connection: Connection, media_id: UUID, run: UUID, assignments: LiteralString, values: dict[str, Any]
) -> bool:
    """End the work on a file, and tell of it for each message that has it; the caller holds the session's row lock."""
    row = connection.execute(
        f"""
        UPDATE gateway.media_objects SET {assignments}, source = NULL, claim = NULL, claimed_until = NULL
        WHERE id = %(id)s AND claim = %(run)s AND state = 'pending' RETURNING session_id, state
        """,  # noqa: S608
        {**values, "id": media_id, "run": run},
    ).fetchone()
    if row is None:
        return False
    connection.execute(
        f"""
        WITH new_events AS (
            SELECT row_number() OVER (ORDER BY id) AS number, %(type)s::text AS type, jsonb_strip_nulls(
                jsonb_build_object('id', id, 'messageId', message_id, 'chatId', chat_id, 'mediaId', %(media)s::uuid,
                    'status', %(state)s::text, 'reason', %(reason)s::text)) AS data
            FROM gateway.whatsapp_explorer_messages
            WHERE session_id = %(session)s AND (media_id = %(media)s OR motion_id = %(media)s)
        ), {APPEND_EVENTS}
        SELECT FROM appended
        """,  # noqa: S608
        {
            "type": EventType.MESSAGE_MEDIA,
            "media": media_id,
            "session": row["session_id"],
            "state": row["state"],
            "reason": values.get("reason"),
            "correlation": correlation.current(),
        },
    )
    return True


def overdue(connection: Connection, seconds: float, limit: int) -> list[UUID]:
    """Return files whose doorbell may have been lost: they are long due, and no run has them."""
    rows = connection.execute(
        """
        SELECT id FROM gateway.media_objects
        WHERE state = 'pending' AND next_attempt_at < clock_timestamp() - make_interval(secs => %s)
            AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
        ORDER BY next_attempt_at LIMIT %s
        """,
        [seconds, limit],
    ).fetchall()
    return [row["id"] for row in rows]
