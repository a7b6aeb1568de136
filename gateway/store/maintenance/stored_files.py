"""Files that are kept no longer: rows are erased first, then what is stored of them is removed.

Killed in between, it is removed again. A row that is erased is not shown any more as available.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.media import thumbnail_key
from gateway.store.database import Connection
from gateway.store.media import REMOVING

_DAY_SECONDS = 86400.0


def expire(connection: Connection, days: float, limit: int) -> int:
    """Erase files that were fetched, or given, longer ago; their messages keep what is known of them."""
    return connection.execute(
        """
        UPDATE gateway.media_objects SET state = 'erased', reason = 'retention', source = NULL
        WHERE id = ANY(ARRAY(SELECT id FROM gateway.media_objects WHERE state = 'available'
            AND available_at < clock_timestamp() - make_interval(secs => %s) LIMIT %s))
        """,
        [days * _DAY_SECONDS, limit],
    ).rowcount


def erase_of_session(connection: Connection, session_id: UUID, limit: int) -> int:
    """Erase some files of a deleted session."""
    return connection.execute(
        """
        UPDATE gateway.media_objects SET state = 'erased', reason = 'deleted', source = NULL
        WHERE id = ANY(ARRAY(SELECT id FROM gateway.media_objects
            WHERE session_id = %s AND reason IS DISTINCT FROM 'deleted' LIMIT %s))
        """,
        [session_id, limit],
    ).rowcount


@dataclass(frozen=True, slots=True)
class Removal:
    """What is stored of an erased file; `is_shared`: others that are not erased have the same bytes."""

    id: UUID
    storage_key: str
    is_shared: bool

    @property
    def keys(self) -> list[str]:
        """What is to be deleted from storage."""
        return [] if self.is_shared else [self.storage_key, thumbnail_key(self.storage_key)]


def claim_removals(connection: Connection, seconds: float, limit: int) -> list[Removal]:
    """Claim erased files of which something is stored, unless a run still works on them.

    Whoever reserves a key has done so before, and is seen here, or does so later, and sees the claim.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [REMOVING])
    with connection.cursor(row_factory=class_row(Removal)) as cursor:
        return cursor.execute(
            """
            UPDATE gateway.media_objects o SET claimed_until = clock_timestamp() + make_interval(secs => %s)
            WHERE id = ANY(ARRAY(SELECT id FROM gateway.media_objects WHERE state = 'erased'
                AND storage_key IS NOT NULL AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
            RETURNING id, storage_key, EXISTS (SELECT FROM gateway.media_objects other
                WHERE other.storage_key = o.storage_key AND other.state <> 'erased') AS is_shared
            """,
            [seconds, limit],
        ).fetchall()


def record_removals(connection: Connection, removed: Sequence[Removal]) -> None:
    """Record that nothing is stored of these files any more."""
    connection.execute(
        "UPDATE gateway.media_objects SET storage_key = NULL, thumbnail_key = NULL, claimed_until = NULL"
        " WHERE id = ANY(%s)",
        [[removal.id for removal in removed]],
    )


def forget_deleted(connection: Connection, limit: int) -> int:
    """Delete rows of files that were deleted with their messages, once nothing is stored of them."""
    return connection.execute(
        """
        DELETE FROM gateway.media_objects WHERE id = ANY(ARRAY(SELECT id FROM gateway.media_objects o
            WHERE state = 'erased' AND reason = 'deleted' AND storage_key IS NULL
                AND NOT EXISTS (SELECT FROM gateway.media_objects d WHERE d.derived_from = o.id) LIMIT %s))
        """,
        [limit],
    ).rowcount
