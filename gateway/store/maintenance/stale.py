"""Stale rows: those whose doorbell may have been lost, and those that will never be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.events import EventType
from gateway.domain.history import QUIET, HistoryImport
from gateway.domain.messages import MessageStatus
from gateway.domain.turns import Failure, TurnStatus
from gateway.store import events, history, messages
from gateway.store.assistant import turns, usage
from gateway.store.assistant.turns import Outcome, Turn
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class WaitingSession:
    """A session with queued commands that its owner has not claimed."""

    shard: int
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that no command will send."""

    session_id: UUID
    id: UUID


def waiting_sessions(connection: Connection, seconds: float, limit: int) -> list[WaitingSession]:
    """Return sessions with a command that has been queued for longer than that."""
    rows = connection.execute(
        """
        SELECT DISTINCT s.shard, s.id FROM gateway.commands c JOIN gateway.whatsapp_sessions s ON s.id = c.session_id
        WHERE c.status = 'queued' AND c.expires_at > clock_timestamp()
            AND greatest(c.created_at, c.not_before) < clock_timestamp() - make_interval(secs => %s) LIMIT %s
        """,
        [seconds, limit],
    ).fetchall()
    return [WaitingSession(row["shard"], row["id"]) for row in rows]


def sessions_with_expired_commands(connection: Connection, seconds: float, limit: int) -> list[UUID]:
    """Return sessions whose queued commands expired so long ago that their owner should have ended them."""
    rows = connection.execute(
        "SELECT DISTINCT session_id FROM gateway.commands WHERE status = 'queued'"
        " AND expires_at < clock_timestamp() - make_interval(secs => %s) LIMIT %s",
        [seconds, limit],
    ).fetchall()
    return [row["session_id"] for row in rows]


def expire_commands(connection: Connection, session_id: UUID) -> int:
    """End a session's queued commands that have expired, with their messages. Return how many there were."""
    connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR NO KEY UPDATE", [session_id])
    ended = connection.execute(
        "UPDATE gateway.commands SET status = 'failed', error = %s, finished_at = now()"
        " WHERE session_id = %s AND status = 'queued' AND expires_at <= now() RETURNING payload ->> 'messageId' AS id",
        [CommandError.EXPIRED, session_id],
    ).fetchall()
    ids = [UUID(row["id"]) for row in ended if row["id"]]
    sentence = ERROR_SENTENCES[CommandError.EXPIRED]
    messages.advance(connection, session_id, ids, MessageStatus.FAILED, error=CommandError.EXPIRED, detail=sentence)
    return len(ended)


def unsent(connection: Connection, limit: int) -> list[Unsent]:
    """Return messages that wait though their command failed: its owner was of a release that did not know its kind."""
    rows = connection.execute(
        """
        SELECT m.session_id, m.id FROM gateway.whatsapp_explorer_messages m
        JOIN gateway.commands c ON c.id = m.command_id
        WHERE m.status = 'queued' AND c.status = 'failed' LIMIT %s
        """,
        [limit],
    ).fetchall()
    return [Unsent(row["session_id"], row["id"]) for row in rows]


def fail_unsent(connection: Connection, message: Unsent) -> int:
    """Fail such a message. Return 1."""
    connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR NO KEY UPDATE", [message.session_id])
    error = CommandError.ATTEMPTS_FAILED
    messages.advance(
        connection,
        message.session_id,
        [message.id],
        MessageStatus.FAILED,
        error=error,
        detail=ERROR_SENTENCES[error],
    )
    return 1


def overdue_turns(connection: Connection, seconds: float, limit: int) -> list[UUID]:
    """Return turns whose doorbell may have been lost: long due, or running with an expired lease."""
    rows = connection.execute(
        """
        SELECT id FROM gateway.turns
        WHERE (status = 'waiting' AND due_at < clock_timestamp() - make_interval(secs => %(seconds)s))
            OR (status = 'running' AND lease_until < clock_timestamp())
        ORDER BY due_at LIMIT %(limit)s
        """,
        {"seconds": seconds, "limit": limit},
    ).fetchall()
    return [row["id"] for row in rows]


def old_turns(connection: Connection, seconds: float, limit: int) -> list[Turn]:
    """Return unfinished turns that are too old to be answered and that no live run has claimed."""
    return turns.select(
        connection,
        "t.status IN ('waiting', 'running') AND t.created_at < clock_timestamp() - make_interval(secs => %(seconds)s)"
        " AND (t.lease_until IS NULL OR t.lease_until < clock_timestamp())"
        " ORDER BY t.created_at LIMIT %(limit)s",
        {"seconds": seconds, "limit": limit},
    )


def expire_turn(connection: Connection, turn: Turn) -> int:
    """End a turn that is too old to be answered. Return 1; 0 when a run has claimed it, or it has ended."""
    connection.execute("SELECT FROM gateway.whatsapp_sessions WHERE id = %s FOR NO KEY UPDATE", [turn.session_id])
    if not _lock_abandoned(connection, turn.id):
        return 0
    usage.release(connection, turn.id)
    turns.finish(connection, turn.id, Outcome(TurnStatus.FAILED, Failure.EXPIRED))
    data = {"turnId": str(turn.id), "status": TurnStatus.FAILED, "reason": Failure.EXPIRED}
    if turn.chat_id:
        data["chatId"] = str(turn.chat_id)
    events.emit(connection, turn.session_id, EventType.ASSISTANT_TURN, data)
    return 1


def _lock_abandoned(connection: Connection, turn_id: UUID) -> bool:
    """Lock an unfinished turn that no live run has claimed; False when one has by now, or it has ended."""
    locked = connection.execute(
        "SELECT FROM gateway.turns WHERE id = %s AND status IN ('waiting', 'running')"
        " AND (lease_until IS NULL OR lease_until < clock_timestamp()) FOR NO KEY UPDATE",
        [turn_id],
    )
    return locked.rowcount == 1


def quiet_imports(connection: Connection, limit: int) -> list[UUID]:
    """Return sessions whose phone has begun to give its history, did not say that this was all, and gives no more."""
    rows = connection.execute(
        """
        SELECT s.id FROM gateway.whatsapp_sessions s
        WHERE s.is_active AND s.history_import IS NOT NULL AND s.history_import ->> 'finished_at' IS NULL
            AND (s.history_import ->> 'last_at')::timestamptz < clock_timestamp() - %s
            AND NOT EXISTS (SELECT FROM gateway.history_pieces p WHERE p.session_id = s.id AND p.error IS NULL)
        LIMIT %s
        """,
        [QUIET, limit],
    ).fetchall()
    return [row["id"] for row in rows]


def finish_import(connection: Connection, session_id: UUID) -> int:
    """End an import that is quiet, with its event. Return whether it was."""
    row = connection.execute(
        "SELECT history_import, clock_timestamp() AS now FROM gateway.whatsapp_sessions WHERE id = %s"
        " FOR NO KEY UPDATE",
        [session_id],
    ).fetchone()
    if row is None:
        return 0
    done, now = HistoryImport.of(row["history_import"]), row["now"]
    if done.last_at is None or done.finished_at or datetime.fromisoformat(done.last_at) > now - QUIET:
        return 0
    done = done.finished(history.count_chats(connection, session_id), now)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET history_import = %s WHERE id = %s", [Jsonb(done.document()), session_id]
    )
    events.emit(connection, session_id, EventType.HISTORY_IMPORTED, done.told_at_end())
    return 1
