"""Files that callers of the API give to be sent: as bytes, by an address, or through a form of S3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import new_id
from gateway.store.media import MediaObject

_COLUMNS = columns_of(MediaObject)


@dataclass(frozen=True, slots=True)
class Claim:
    """Whoever gives bytes works on the file until they are stored: `run`, for so many `seconds`."""

    run: UUID
    seconds: float


def same(connection: Connection, session_id: UUID, sha256: bytes, file_name: str | None) -> MediaObject | None:
    """Return the upload of the same bytes under the same name, where there is one."""
    with connection.cursor(row_factory=class_row(MediaObject)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.media_objects WHERE session_id = %s AND origin = 'upload'"  # noqa: S608
            " AND state = 'available' AND sha256 = %s AND file_name IS NOT DISTINCT FROM %s LIMIT 1",
            [session_id, sha256, file_name],
        ).fetchone()


def give(connection: Connection, session_id: UUID, file_name: str | None, claim: Claim) -> UUID:
    """Insert a file whose bytes are about to be stored."""
    values = {"claim": claim.run, "seconds": claim.seconds}
    return _insert(connection, session_id, file_name, values, claimed=True)


def give_address(connection: Connection, session_id: UUID, file_name: str | None, url: str) -> UUID:
    """Insert a file that is to be fetched."""
    return _insert(connection, session_id, file_name, {"source": Jsonb({"url": url})})


def offer_form(connection: Connection, session_id: UUID, file_name: str | None, key: str, seconds: float) -> UUID:
    """Insert a file that somebody may store under a key for so many seconds; then it is looked for."""
    return _insert(connection, session_id, file_name, {"storage_key": key, "later": seconds})


def _insert(
    connection: Connection, session_id: UUID, file_name: str | None, values: dict[str, Any], *, claimed: bool = False
) -> UUID:
    media_id = new_id()
    nothing = {"claim": None, "seconds": 0.0, "source": None, "storage_key": None, "later": 0.0}
    connection.execute(
        """
        INSERT INTO gateway.media_objects
            (id, session_id, origin, file_name, source, storage_key, next_attempt_at, claim, claimed_until)
        VALUES (%(id)s, %(session)s, 'upload', %(name)s, %(source)s, %(storage_key)s,
            clock_timestamp() + make_interval(secs => %(later)s), %(claim)s,
            CASE WHEN %(claimed)s THEN clock_timestamp() + make_interval(secs => %(seconds)s) END)
        """,
        {**nothing, **values, "id": media_id, "session": session_id, "name": file_name, "claimed": claimed},
    )
    return media_id
