"""The runs of turns: how many a session has at once, and whether one has lost its turn to an end elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection
from gateway.store.ids import first_id

# A turn that is running was opened not longer ago. Ids are ordered by time, so it needs no index of its own.
_RECENT = timedelta(days=1)


def running_beside(connection: Connection, turn: Turn) -> int:
    """Return how many other turns of the session are running.

    Exact: whoever asks for the same session at the same time waits until this transaction ends.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('gateway.turns'), hashtext(%s))", [str(turn.session_id)])
    [row] = connection.execute(
        "SELECT count(*) AS running FROM gateway.turns WHERE session_id = %s AND id <> %s AND id > %s"
        " AND status = 'running' AND lease_until > clock_timestamp()",
        [turn.session_id, turn.id, first_id(datetime.now(UTC) - _RECENT)],
    ).fetchall()
    return int(row["running"])


def has_ended(connection: Connection, turn_id: UUID) -> bool:
    """Return whether a turn has ended, such as by the merge of two chats while it was running."""
    ended = connection.execute(
        "SELECT FROM gateway.turns WHERE id = %s AND status NOT IN ('waiting', 'running')", [turn_id]
    )
    return ended.rowcount > 0
