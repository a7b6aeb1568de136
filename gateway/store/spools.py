"""The way of received events from a worker's spool file into the inbox: many a statement, each exactly once.

How far a spool has come stands in a row that the same statement moves on. So whoever carries a spool over, and however
often, what is in the inbox already, or was processed since, is not put there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from gateway.store.database import Connection, Database

# For so long a spool may lie on a machine before it is found: its position is forgotten then.
KEPT_DAYS = 90
# The kind of a piece of history, which goes to a table of its own.
HISTORY_PIECE = "HistoryPiece"


@dataclass(frozen=True, slots=True)
class SpooledEvent:
    """A raw event; `number` counts within its spool from 1 on, without gaps."""

    number: int
    session_id: UUID
    device_jid: str
    kind: str
    payload: bytes = field(repr=False)


def begin(connection: Connection, worker: str) -> None:
    """Record a new spool, before anything is in it: one that is not recorded is of another gateway."""
    connection.execute(
        "DELETE FROM gateway.spools WHERE updated_at < clock_timestamp() - make_interval(days => %s)", [KEPT_DAYS]
    )
    connection.execute("INSERT INTO gateway.spools (worker) VALUES (%s) ON CONFLICT DO NOTHING", [worker])


def is_known(connection: Connection, worker: str) -> bool:
    """Return whether the worker's spool is one of this gateway's."""
    row = connection.execute("SELECT FROM gateway.spools WHERE worker = %s", [worker]).fetchone()
    return row is not None


def carry(database: Database, worker: str, events: Sequence[SpooledEvent]) -> None:
    """Put events, the next of the spool, into the inboxes of their sessions, history beside them; one round trip.

    Unfenced, because that they were received is true whoever received them. Left out are those that are there already,
    and those of a device that its session has left since: it is unlinked, deleted, or linked to another number.
    """
    database.execute(
        """
        WITH spool AS MATERIALIZED (SELECT carried FROM gateway.spools WHERE worker = %s FOR UPDATE),
        moved AS (
            INSERT INTO gateway.spools (worker, carried) VALUES (%s, %s)
            ON CONFLICT (worker) DO UPDATE
                SET carried = greatest(spools.carried, EXCLUDED.carried), updated_at = clock_timestamp()
        ), news AS (
            SELECT e.* FROM unnest(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %b::bytea[])
                AS e (number, session_id, device_jid, kind, payload)
            JOIN gateway.whatsapp_sessions s ON s.id = e.session_id AND s.device_jid = e.device_jid
            WHERE e.number > coalesce((SELECT carried FROM spool), 0)
        ), pieces AS (
            INSERT INTO gateway.history_pieces (session_id, device_jid, payload)
            SELECT session_id, device_jid, payload FROM news WHERE kind = %s ORDER BY number
        )
        INSERT INTO gateway.inbox (session_id, device_jid, kind, payload)
        SELECT session_id, device_jid, kind, payload FROM news WHERE kind <> %s ORDER BY number
        """,
        [
            worker,
            worker,
            events[-1].number,
            [event.number for event in events],
            [event.session_id for event in events],
            [event.device_jid for event in events],
            [event.kind for event in events],
            [event.payload for event in events],
            HISTORY_PIECE,
            HISTORY_PIECE,
        ],
    )


def forget(connection: Connection, worker: str) -> None:
    """Delete the row of a spool whose file is gone."""
    connection.execute("DELETE FROM gateway.spools WHERE worker = %s", [worker])
