"""Groups and who is in them, as WhatsApp answers and tells; admins alone may delete what others wrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.domain.groups import Group, Participant, ParticipantChange, Role
from gateway.domain.phone import Address
from gateway.store import changes, chats, commands, timers, unread
from gateway.store.changes import Place
from gateway.store.database import Connection
from gateway.store.fence import Fence

# Members cannot make the gateway ask more often, whatever they do.
ASK_AGAIN_SECONDS = 600.0
# A subject that was changed is known after so long at the latest, once somebody writes.
_SUBJECT_AGES_SECONDS = 86_400.0
_EXPIRY_SECONDS = 3600.0


def request(fence: Fence, chat_id: UUID) -> None:
    """Have a group looked up, unless it was lately."""
    _request(fence, [chat_id], ASK_AGAIN_SECONDS)


def request_subjects(fence: Fence, chat_ids: Collection[UUID]) -> None:
    """Have those of the groups looked up whose subject is not known, or was asked for long ago."""
    if chat_ids:
        _request(fence, chat_ids, _SUBJECT_AGES_SECONDS)


def _request(fence: Fence, chat_ids: Collection[UUID], age_seconds: float) -> None:
    claimed = fence.connection.execute(
        """
        UPDATE gateway.chats SET admins_asked_at = clock_timestamp() WHERE id = ANY(%s) AND kind = 'group'
            AND (admins_asked_at IS NULL OR admins_asked_at < clock_timestamp() - make_interval(
                secs => CASE WHEN name IS NULL THEN least(%s, %s) ELSE %s END))
        RETURNING id
        """,
        [sorted(chat_ids), ASK_AGAIN_SECONDS, age_seconds, age_seconds],
    ).fetchall()
    for row in claimed:
        payload = {"chatId": str(row["id"])}
        commands.enqueue(
            fence.connection, fence.session, CommandKind.GROUP_INFO, payload, expires_seconds=_EXPIRY_SECONDS
        )


def is_admin(connection: Connection, chat_id: UUID) -> bool:
    """Return whether the session's own account is an admin of the group, as far as WhatsApp was asked."""
    row = connection.execute(
        "SELECT coalesce(c.admins && ARRAY[s.lid, s.phone_number], false) AS is_admin FROM gateway.chats c"
        " JOIN gateway.whatsapp_sessions s ON s.id = c.session_id WHERE c.id = %s",
        [chat_id],
    ).fetchone()
    return bool(row and row["is_admin"])


def is_community(connection: Connection, chat_id: UUID) -> bool:
    """Return whether a chat is the one of a community, as far as it was read."""
    row = connection.execute("SELECT is_community FROM gateway.groups WHERE chat_id = %s", [chat_id]).fetchone()
    return bool(row and row["is_community"])


def remember(fence: Fence, chat_id: UUID, group: Group, asked_at: datetime | None = None) -> None:
    """Store a group as WhatsApp showed it, by default just now; apply the deletions that waited for its admins."""
    fence.connection.execute(
        "UPDATE gateway.chats SET name = coalesce(%s, name), admins = %s WHERE id = %s",
        [group.subject, sorted(group.admins), chat_id],
    )
    timers.set_timer(fence.connection, chat_id, group.disappears_seconds, asked_at or fence.session.as_of)
    _insert(fence, chat_id, group)
    _replace_participants(fence.connection, chat_id, group)
    if changes.apply_waiting(Place(fence.connection, fence.session_id, chat_id)):
        unread.refresh(fence.connection, chat_id)


def _insert(fence: Fence, chat_id: UUID, group: Group) -> None:
    fence.connection.execute(
        """
        INSERT INTO gateway.groups (chat_id, session_id, description, announcement, locked, is_community,
            parent_jid)
        VALUES (%(chat)s, %(session)s, %(description)s, %(announcement)s, %(locked)s, %(is_community)s, %(parent)s)
        ON CONFLICT (chat_id) DO UPDATE SET description = EXCLUDED.description, announcement = EXCLUDED.announcement,
            locked = EXCLUDED.locked, is_community = EXCLUDED.is_community, parent_jid = EXCLUDED.parent_jid,
            is_member = true, read_at = clock_timestamp()
        """,
        {
            "chat": chat_id,
            "session": fence.session_id,
            "description": group.description,
            "announcement": group.announcement,
            "locked": group.locked,
            "is_community": group.is_community,
            "parent": group.parent_jid,
        },
    )


def _replace_participants(connection: Connection, chat_id: UUID, group: Group) -> None:
    people = [each for each in group.participants if each.address != Address()]
    connection.execute(
        "DELETE FROM gateway.group_participants WHERE chat_id = %s AND NOT jid = ANY(%s)",
        [chat_id, [each.address.jid for each in people]],
    )
    _put(connection, chat_id, people)


def _put(connection: Connection, chat_id: UUID, named: Sequence[Participant]) -> None:
    # One statement writes no row twice.
    people = {each.address.jid: each for each in named}.values()
    connection.execute(
        """
        INSERT INTO gateway.group_participants (chat_id, jid, lid, phone_number, role)
        SELECT g.chat_id, p.* FROM gateway.groups g, unnest(%(jids)s::text[], %(lids)s::text[], %(phones)s::text[],
            %(roles)s::text[]) AS p WHERE g.chat_id = %(chat)s
        ON CONFLICT (chat_id, jid) DO UPDATE SET lid = EXCLUDED.lid, role = EXCLUDED.role,
            phone_number = coalesce(EXCLUDED.phone_number, group_participants.phone_number)
        """,
        {
            "chat": chat_id,
            "jids": [each.address.jid for each in people],
            "lids": [each.address.lid for each in people],
            "phones": [each.address.phone_number for each in people],
            "roles": [each.role for each in people],
        },
    )


def remember_all(fence: Fence, found: Collection[Group]) -> None:
    """Store all groups that the account is in; it is in no others."""
    known = {group.jid: chats.with_jid(fence.connection, fence.session_id, "group", group.jid) for group in found}
    for group in found:
        remember(fence, known[group.jid].id, group)
    fence.connection.execute(
        "UPDATE gateway.groups SET is_member = false WHERE session_id = %s AND NOT chat_id = ANY(%s)",
        [fence.session_id, [chat.id for chat in known.values()]],
    )
    fence.connection.execute(
        "INSERT INTO gateway.group_lists (session_id, device_jid, read_at) VALUES (%s, %s, clock_timestamp())"
        " ON CONFLICT (session_id) DO UPDATE SET device_jid = EXCLUDED.device_jid, read_at = EXCLUDED.read_at",
        [fence.session_id, fence.session.device_jid],
    )


def describe(fence: Fence, chat_id: UUID, subject: str | None, changed: Mapping[str, str | bool | None]) -> None:
    """Store what was changed of a group: its subject, and the columns `description`, `announcement`, `locked`."""
    if subject:
        fence.connection.execute("UPDATE gateway.chats SET name = %s WHERE id = %s", [subject, chat_id])
    if changed:
        columns = ", ".join(f"{column} = %({column})s" for column in changed)
        fence.connection.execute(
            f"UPDATE gateway.groups SET {columns} WHERE chat_id = %(chat)s",  # noqa: S608
            {**changed, "chat": chat_id},
        )


def move(fence: Fence, chat_id: UUID, change: ParticipantChange, people: Sequence[Address]) -> None:
    """Store that people came, went, or got another role; of a group that was never read nothing is known."""
    connection, people = fence.connection, [each for each in people if each != Address()]
    if change is ParticipantChange.LEFT:
        connection.execute(
            "DELETE FROM gateway.group_participants WHERE chat_id = %s AND (lid = ANY(%s) OR phone_number = ANY(%s))",
            [chat_id, [each.lid for each in people], [each.phone_number for each in people]],
        )
    else:
        role = Role.ADMIN if change is ParticipantChange.PROMOTED else Role.MEMBER
        _put(connection, chat_id, [Participant(each, role) for each in people])
    if _own(fence, people):
        stays = change is not ParticipantChange.LEFT
        connection.execute("UPDATE gateway.groups SET is_member = %s WHERE chat_id = %s", [stays, chat_id])
    connection.execute(
        """
        UPDATE gateway.chats SET admins = ARRAY(SELECT name FROM gateway.group_participants,
            unnest(ARRAY[lid, phone_number]) AS name WHERE chat_id = %(chat)s AND role <> 'member' AND name IS NOT NULL
            ORDER BY name)
        WHERE id = %(chat)s AND EXISTS (SELECT FROM gateway.groups WHERE chat_id = %(chat)s)
        """,
        {"chat": chat_id},
    )


def _own(fence: Fence, people: Sequence[Address]) -> bool:
    me = {fence.session.lid, fence.session.phone_number} - {None}
    return any({each.lid, each.phone_number} & me for each in people)


def leave(fence: Fence, chat_id: UUID) -> None:
    """Store that the account is not in a group any more."""
    me = Address(fence.session.lid, fence.session.phone_number)
    move(fence, chat_id, ParticipantChange.LEFT, [me])
