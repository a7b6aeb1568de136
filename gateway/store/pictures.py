"""Pictures of people and groups: what WhatsApp said of each is in its chat, the file is one of the session's media."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.contacts import PictureState
from gateway.domain.media import MediaKind, MediaOrigin, MediaState
from gateway.domain.operations import ReadPicture
from gateway.domain.phone import Address
from gateway.store import operations
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import new_id


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """What WhatsApp answered; where the known picture is still the one, it has no `source`."""

    state: PictureState
    id: str | None = None
    source: dict[str, str] | None = None


def known_id(connection: Connection, chat_id: UUID) -> str | None:
    """Return the id of the picture whose file is there, or is being fetched; None without one."""
    row = connection.execute(
        "SELECT c.picture_id FROM gateway.chats c JOIN gateway.media_objects o ON o.id = c.picture_file"
        " WHERE c.id = %s AND c.picture_state = %s AND o.state = ANY(%s)",
        [chat_id, PictureState.SET, [MediaState.PENDING, MediaState.AVAILABLE]],
    ).fetchone()
    return row["picture_id"] if row else None


def record(fence: Fence, chat_id: UUID, found: FoundPicture, asked_at: datetime) -> None:
    """Record what WhatsApp answered; the file of a new picture is to be fetched, that of the one before is erased."""
    if found.state is PictureState.SET and found.source is None:
        fence.connection.execute("UPDATE gateway.chats SET picture_asked_at = %s WHERE id = %s", [asked_at, chat_id])
        return
    file = _expect(fence, found.source) if found.source else None
    _erase(fence, chat_id)
    fence.connection.execute(
        "UPDATE gateway.chats SET picture_state = %s, picture_id = %s, picture_file = %s, picture_asked_at = %s"
        " WHERE id = %s",
        [found.state, found.id, file, asked_at, chat_id],
    )


def _expect(fence: Fence, source: dict[str, str]) -> UUID:
    id = new_id()
    fence.connection.execute(
        "INSERT INTO gateway.media_objects (id, session_id, origin, kind, source) VALUES (%s, %s, %s, %s, %s)",
        [id, fence.session_id, MediaOrigin.PICTURE, MediaKind.IMAGE, Jsonb(source)],
    )
    fence.media.append(id)
    return id


def _erase(fence: Fence, chat_id: UUID) -> None:
    fence.connection.execute(
        "UPDATE gateway.media_objects SET state = 'erased', reason = 'deleted', source = NULL"
        " WHERE id = (SELECT picture_file FROM gateway.chats WHERE id = %s)",
        [chat_id],
    )


def refresh(fence: Fence, whose: Address | str) -> None:
    """Have the picture of a person, or of the group with a JID, asked for anew: it was changed or removed.

    Whose was never asked for stays so, and two changes that follow each other are asked for once.
    """
    address = Address() if isinstance(whose, str) else whose
    changed = fence.connection.execute(
        """
        UPDATE gateway.chats SET picture_asked_at = NULL WHERE session_id = %(session)s AND picture_asked_at IS NOT NULL
            AND (jid = %(jid)s OR lid = %(lid)s OR phone_number = %(phone)s)
        RETURNING jid, lid, phone_number
        """,
        {
            "session": fence.session_id,
            "jid": whose if isinstance(whose, str) else None,
            "lid": address.lid,
            "phone": address.phone_number,
        },
    ).fetchall()
    for row in changed:
        operations.queue(fence, ReadPicture(row["jid"] or Address(row["lid"], row["phone_number"]).jid))
