"""The admins of groups, as far as WhatsApp was asked: only they may delete what others wrote."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from gateway.domain.commands import CommandKind
from gateway.store import changes, commands, unread
from gateway.store.changes import Place
from gateway.store.fence import Fence

# Members cannot make the gateway ask more often, whatever they try to delete.
ASK_AGAIN_SECONDS = 600.0
_EXPIRY_SECONDS = 3600.0


def request(fence: Fence, chat_id: UUID) -> None:
    """Have the admins of a group looked up, unless they were asked for lately."""
    claimed = fence.connection.execute(
        "UPDATE gateway.chats SET admins_asked_at = clock_timestamp() WHERE id = %s AND kind = 'group'"
        " AND (admins_asked_at IS NULL OR admins_asked_at < clock_timestamp() - make_interval(secs => %s))",
        [chat_id, ASK_AGAIN_SECONDS],
    )
    if claimed.rowcount:
        payload = {"chatId": str(chat_id)}
        commands.enqueue(
            fence.connection, fence.session, CommandKind.GROUP_ADMINS, payload, expires_seconds=_EXPIRY_SECONDS
        )


def remember(fence: Fence, chat_id: UUID, admins: Collection[str]) -> None:
    """Store the LIDs and numbers of a group's admins, and apply the deletions that waited for it."""
    fence.connection.execute("UPDATE gateway.chats SET admins = %s WHERE id = %s", [sorted(admins), chat_id])
    if changes.apply_waiting(Place(fence.connection, fence.session_id, chat_id)):
        unread.refresh(fence.connection, chat_id)
