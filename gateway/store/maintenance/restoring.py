"""What a database needs that was restored from a backup, before a connector runs on it: nothing of it may leave twice.

What was waiting at the moment of the backup was sent or done since, or was not: nobody can tell. So it is `unknown`, as
what a crash hid, and never repeated by itself. That holds for every operation on groups: a name that a group had since
must not be changed back. Read receipts and other commands may be carried out again.
"""

from __future__ import annotations

from uuid import UUID

from gateway.domain.commands import CommandError, CommandKind
from gateway.domain.messages import MessageStatus
from gateway.domain.operations import SENTENCES
from gateway.store import messages
from gateway.store.database import Connection
from gateway.store.maintenance import stale

_ALL = 1_000_000


def settle(connection: Connection) -> dict[str, int]:
    """End every send, operation and turn of the assistant that was not finished. Return how many of each there were."""
    operations = _settle_operations(connection)
    sends = sum(_settle_sends(connection, session_id) for session_id in _sessions_that_send(connection))
    turns = sum(stale.expire_turn(connection, turn) for turn in stale.old_turns(connection, 0, _ALL))
    return {"sends": sends, "operations": operations, "turns": turns}


def _settle_operations(connection: Connection) -> int:
    error = CommandError.UNCONFIRMED
    return connection.execute(
        "UPDATE gateway.commands SET status = 'unknown', error = %s, error_detail = %s, finished_at = now()"
        " WHERE status IN ('queued', 'running') AND kind = %s",
        [error, SENTENCES[error], CommandKind.OPERATION],
    ).rowcount


def _sessions_that_send(connection: Connection) -> list[UUID]:
    rows = connection.execute(
        "SELECT DISTINCT session_id FROM gateway.commands"
        " WHERE status IN ('queued', 'running') AND payload ? 'messageId' ORDER BY session_id"
    ).fetchall()
    return [row["session_id"] for row in rows]


def _settle_sends(connection: Connection, session_id: UUID) -> int:
    connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR NO KEY UPDATE", [session_id])
    ended = connection.execute(
        "UPDATE gateway.commands SET status = 'unknown', error = %s, finished_at = now()"
        " WHERE session_id = %s AND status IN ('queued', 'running') AND payload ? 'messageId'"
        " RETURNING (payload ->> 'messageId')::uuid AS id",
        [CommandError.UNCONFIRMED, session_id],
    ).fetchall()
    ids = [row["id"] for row in ended]
    for status in (MessageStatus.SENDING, MessageStatus.UNKNOWN):
        messages.advance(connection, session_id, ids, status)
    return len(ids)
