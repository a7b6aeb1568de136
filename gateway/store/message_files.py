"""The files of messages, beside the rows of the messages: expected with them, shown with them, erased with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.changes import MOTION
from gateway.domain.media import MediaState, media_path, received_object
from gateway.store.database import Connection
from gateway.store.ids import new_id

# The last CTE of a statement whose CTE `new_media` has files in its column `object`, as received_object() makes them.
EXPECT: LiteralString = """
    expected AS (
        INSERT INTO gateway.media_objects
            (id, session_id, origin, kind, state, reason, mimetype, file_name, size, sha256, width, height, seconds,
             page_count, source)
        SELECT o.id, %(session)s, 'received', o.kind, o.state, o.reason, o.mimetype, o.file_name, o.size,
            decode(o.sha256, 'base64'), o.width, o.height, o.seconds, o.page_count, o.source
        FROM new_media CROSS JOIN LATERAL jsonb_to_record(new_media.object) AS o (
            id uuid, kind text, state text, reason text, mimetype text, file_name text, size bigint, sha256 text,
            width integer, height integer, seconds integer, page_count integer, source jsonb)
        RETURNING id
    )
"""


# What is shown of the files of a message `m`.
SHOWN_FILES: LiteralString = """(
    SELECT jsonb_agg(jsonb_build_object('id', o.id, 'status', o.state, 'reason', o.reason, 'mimetype', o.mimetype,
        'fileName', o.file_name, 'fileLength', o.size, 'sha256', encode(o.sha256, 'hex'), 'width', o.width,
        'height', o.height, 'seconds', o.seconds, 'hasThumbnail', o.thumbnail_key IS NOT NULL))
    FROM gateway.media_objects o WHERE o.id IN (m.media_id, m.motion_id))"""


@dataclass(frozen=True, slots=True)
class MessageFiles:
    """The files of one message: its own, and the clip of a motion photo; `objects` are their rows, to be inserted."""

    media_id: UUID | None = None
    motion_id: UUID | None = None
    objects: list[dict[str, Any]] = field(default_factory=list)

    def columns(self, session_id: UUID) -> dict[str, Any]:
        """Return what the row of the message says of them."""
        url = self.media_id and media_path(session_id, self.media_id)
        return {"media_id": self.media_id, "motion_id": self.motion_id, "media_url": url}

    @property
    def to_fetch(self) -> list[UUID]:
        return [UUID(each["id"]) for each in self.objects if each["state"] == MediaState.PENDING]


def files_of(media: dict[str, Any] | None) -> MessageFiles:
    """Return the files that a received message has, by what is stored of its media."""
    own, clip = (media or {}).get("kind") and media, (media or {}).get(MOTION)
    objects = [(new_id(), each) if each else (None, None) for each in (own, clip)]
    rows = [received_object(id, each) for id, each in objects if id and each]
    return MessageFiles(objects[0][0], objects[1][0], rows)


def expect(connection: Connection, session_id: UUID, objects: Sequence[dict[str, Any]]) -> None:
    """Insert files that came with a message, as received_object() makes them."""
    if objects:
        connection.execute(
            f"WITH new_media AS (SELECT jsonb_array_elements(%(objects)s) AS object), {EXPECT} SELECT FROM expected",  # noqa: S608
            {"session": session_id, "objects": Jsonb(list(objects))},
        )


def erase_unused(connection: Connection, media_ids: Sequence[UUID]) -> None:
    """Erase files that no message has any more; the sweeper removes what is stored of them."""
    if media_ids:
        connection.execute(
            """
            UPDATE gateway.media_objects o SET state = 'erased', reason = 'deleted', source = NULL
            WHERE id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM gateway.whatsapp_explorer_messages m
                WHERE m.media_id = o.id OR m.motion_id = o.id)
            """,
            {"ids": list(media_ids)},
        )
