"""A file that a run has claimed, so that no other one works on it at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.store import media
from gateway.store.database import Database
from gateway.store.ids import new_id
from gateway.store.media import MediaObject


@dataclass(frozen=True, slots=True)
class Work:
    """The file, and the run that has it."""

    file: MediaObject
    run: UUID


def take(database: Database, media_id: UUID, seconds: float) -> Work | None:
    """Claim a file for so long; None where nothing is to be done about it now. Raises psycopg.Error."""
    run = new_id()
    with database.transaction() as connection:
        file = media.claim(connection, media_id, run, seconds)
    return Work(file, run) if file else None
