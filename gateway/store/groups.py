"""Groups, as far as WhatsApp was asked: the subject, and the admins, who alone may delete what others wrote."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.store import changes, commands, unread
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


def remember(fence: Fence, chat_id: UUID, subject: str | None, admins: Collection[str]) -> None:
    """Store a group's subject, and the LIDs and numbers of its admins; apply the deletions that waited for them."""
    fence.connection.execute(
        "UPDATE gateway.chats SET name = coalesce(%s, name), admins = %s WHERE id = %s",
        [subject, sorted(admins), chat_id],
    )
    if changes.apply_waiting(Place(fence.connection, fence.session_id, chat_id)):
        unread.refresh(fence.connection, chat_id)
