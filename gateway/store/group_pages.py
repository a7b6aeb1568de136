"""Groups as users read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.errors import NotFound
from gateway.store.database import Connection
from gateway.store.sessions import Session
from gateway.store.shown_pictures import FILE, IS_FRESH

# A group that was read longer ago is read again before it is shown: events may have been missed.
_AGES = "interval '1 day'"


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """`role` is that of the account; None where it is not in the group. `is_fresh` until it is to be read again.

    `picture_file` is there where the file is, or is being fetched.
    """

    chat_id: UUID
    session_id: UUID
    jid: str
    subject: str | None
    description: str | None
    announcement: bool
    locked: bool
    is_community: bool
    parent_jid: str | None
    is_member: bool
    disappearing_seconds: int | None
    participant_count: int
    role: str | None
    picture_state: str | None
    picture_file: UUID | None
    picture_is_fresh: bool
    read_at: datetime
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class ShownParticipant:
    """`name` and `picture_file` are those of the contact, of who is one."""

    jid: str
    lid: str | None
    phone_number: str | None
    role: str
    name: str | None
    picture_file: UUID | None


_GROUP = f"""
    SELECT g.chat_id, g.session_id, c.jid, c.name AS subject, g.description, g.announcement, g.locked, g.is_community,
        g.parent_jid, g.is_member, c.disappearing_seconds, c.picture_state, {FILE} AS picture_file,
        {IS_FRESH} AS picture_is_fresh, g.read_at, g.read_at > now() - {_AGES} AS is_fresh,
        (SELECT count(*) FROM gateway.group_participants p WHERE p.chat_id = g.chat_id) AS participant_count,
        (SELECT p.role FROM gateway.group_participants p WHERE p.chat_id = g.chat_id
            AND (p.lid = s.lid OR p.phone_number = s.phone_number) LIMIT 1) AS role
    FROM gateway.groups g JOIN gateway.chats c ON c.id = g.chat_id
        JOIN gateway.whatsapp_sessions s ON s.id = g.session_id
    WHERE g.session_id = %(session)s
"""  # noqa: S608


def _ask(connection: Connection, where: str, parameters: dict[str, object]) -> Cursor[ShownGroup]:
    return connection.cursor(row_factory=class_row(ShownGroup)).execute(
        f"{_GROUP} AND {where}",
        parameters,
    )


def page(connection: Connection, session_id: UUID, after: UUID | None, limit: int) -> list[ShownGroup]:
    """Return the groups that the account is in, the newest chats first, older than `after`."""
    return _ask(
        connection,
        "g.is_member AND (%(after)s::uuid IS NULL OR g.chat_id < %(after)s) ORDER BY g.chat_id DESC LIMIT %(limit)s",
        {"session": session_id, "after": after, "limit": limit},
    ).fetchall()


def get(connection: Connection, session_id: UUID, chat_id: UUID) -> ShownGroup:
    """Return a group that was read. Raises NotFound."""
    found = find(connection, session_id, chat_id)
    if found is None:
        raise NotFound("group")
    return found


def find(connection: Connection, session_id: UUID, chat_id: UUID) -> ShownGroup | None:
    """Return a group; None for one that was never read."""
    return _ask(connection, "g.chat_id = %(chat)s", {"session": session_id, "chat": chat_id}).fetchone()


def participants(connection: Connection, group: ShownGroup) -> list[ShownParticipant]:
    """Return who is in a group, who manages it first."""
    return (
        connection.cursor(row_factory=class_row(ShownParticipant))
        .execute(
            f"""
            SELECT p.jid, p.lid, p.phone_number, p.role, contact.name, contact.picture_file
            FROM gateway.group_participants p LEFT JOIN LATERAL (
                SELECT c.name, {FILE} AS picture_file FROM gateway.chats c
                WHERE c.session_id = %s AND c.kind = 'user' AND (c.lid = p.lid OR c.phone_number = p.phone_number)
                    AND c.name IS NOT NULL LIMIT 1
            ) contact ON true
            WHERE p.chat_id = %s ORDER BY array_position(ARRAY['owner', 'admin', 'member'], p.role), p.jid
            """,  # noqa: S608
            [group.session_id, group.chat_id],
        )
        .fetchall()
    )


def are_read(connection: Connection, session: Session) -> bool:
    """Return whether all groups of the device that is linked now were read; events tell what follows."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM gateway.group_lists WHERE session_id = %s AND device_jid = %s) AS known",
        [session.id, session.device_jid],
    ).fetchone()
    return bool(row and row["known"])
