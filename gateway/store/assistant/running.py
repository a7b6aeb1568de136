"""The runs of turns: their claims, how many a session has at once, and whether one has lost its turn elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow, class_row

from gateway.store import sessions
from gateway.store.assistant import turns
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection
from gateway.store.ids import first_id
from gateway.store.sessions import Session

# A turn that is running was opened not longer ago. Ids are ordered by time, so it needs no index of its own.
_RECENT = timedelta(days=1)


def claim(connection: Connection, turn_id: UUID, lease_seconds: float, tolerance: float = 0.5) -> Turn | None:
    """Start a run of the turn; None when it is not due, has ended, or another turn of the chat is running.

    A turn whose run has an expired lease is claimed again; such a run of another turn of the chat is superseded.
    Raises UniqueViolation where the two are claimed at the same moment.
    """
    return ask_claim(connection, turn_id, lease_seconds, tolerance).fetchone()


def ask_claim(connection: Connection, turn_id: UUID, lease_seconds: float, tolerance: float = 0.5) -> Cursor[Turn]:
    """Ask for what claim() returns and raises, to be read together with other answers."""
    _end_dead_run(connection, turn_id)
    return connection.cursor(row_factory=class_row(Turn)).execute(
        f"""
        UPDATE gateway.turns t SET status = 'running', claim = claim + 1,
            lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
            started_at = coalesce(started_at, clock_timestamp())
        WHERE id = %(id)s AND (
            (status = 'waiting' AND due_at <= clock_timestamp() + make_interval(secs => %(tolerance)s))
            OR (status = 'running' AND lease_until < clock_timestamp()))
            AND NOT EXISTS (SELECT FROM gateway.turns r
                            WHERE r.chat_id = t.chat_id AND r.status = 'running' AND r.id <> t.id)
        RETURNING {turns.COLUMNS}
        """,  # noqa: S608
        {"id": turn_id, "lease": lease_seconds, "tolerance": tolerance},
    )


def _end_dead_run(connection: Connection, turn_id: UUID) -> None:
    """End a run of the chat whose lease has expired; the waiting turn gets its messages."""
    connection.execute(
        """
        WITH dead AS (
            UPDATE gateway.turns r SET status = 'superseded', superseded_by = w.id, ended_at = clock_timestamp(),
                last_message_id = CASE WHEN r.last_message_id < w.last_message_id THEN r.last_message_id END
            FROM gateway.turns w, gateway.turns old
            WHERE w.id = %s AND w.status = 'waiting' AND r.chat_id = w.chat_id AND r.status = 'running'
                AND r.lease_until < clock_timestamp() AND old.id = r.id
            RETURNING r.first_message_id, old.last_message_id, r.superseded_by
        )
        UPDATE gateway.turns t SET first_message_id = least(t.first_message_id, dead.first_message_id),
            last_message_id = greatest(t.last_message_id, dead.last_message_id)
        FROM dead WHERE t.id = dead.superseded_by
        """,
        [turn_id],
    )


def ask_session(connection: Connection, turn_id: UUID) -> Cursor[Session]:
    """Ask for the session of a turn, to be read together with other answers; nothing for a deleted one."""
    of_turn = "s.id = (SELECT session_id FROM gateway.turns WHERE id = %(turn)s) AND s.is_active"
    return sessions.ask(connection, of_turn, {"turn": turn_id})


def ask_claimed(connection: Connection, turn: Turn) -> Cursor[Turn]:
    """Ask to lock a turn, and for it as it is now; nothing when another run has claimed it, or it has ended."""
    return turns.ask(
        connection,
        "t.id = %(id)s AND t.status = 'running' AND t.claim = %(claim)s FOR NO KEY UPDATE",
        {"id": turn.id, "claim": turn.claim},
    )


def ask_running_beside(connection: Connection, turn: Turn) -> Cursor[DictRow]:
    """Ask how many other turns of the session are `running`, to be read together with other answers.

    Exact: whoever asks for the same session at the same time waits until this transaction ends.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('gateway.turns'), hashtext(%s))", [str(turn.session_id)])
    return connection.execute(
        "SELECT count(*) AS running FROM gateway.turns WHERE session_id = %s AND id <> %s AND id > %s"
        " AND status = 'running' AND lease_until > clock_timestamp()",
        [turn.session_id, turn.id, first_id(datetime.now(UTC) - _RECENT)],
    )


def is_running(connection: Connection, turn_id: UUID) -> bool:
    """Return whether a run has the turn, and with it what the turn has reserved."""
    found = connection.execute("SELECT FROM gateway.turns WHERE id = %s AND status = 'running'", [turn_id])
    return found.rowcount > 0
