"""Which sessions of a worker have something to do: one statement for all its shards, and nothing is locked for it.

A session that is connected as it should be, and has neither commands nor events waiting, is not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.sessions import TRIED_AGAIN
from gateway.store.database import Connection
from gateway.store.leases import Lease

_WANTED = "(s.is_active AND s.desired_state = 'connected')"
# Where what is wanted of the session `s` differs from what is, or a deletion has not been carried out.
_UNSETTLED = f"""CASE WHEN {_WANTED} THEN s.connection_status <> 'connected'
    ELSE s.connection_status NOT IN ('disconnected', 'logged_out') OR (NOT s.is_active AND s.device_jid IS NOT NULL)
        OR (s.connection_status = 'disconnected' AND s.reason = ANY(%(tried_again)s)) END"""
# Where the session is new in its shard, or a logout waits, or a command that has expired.
_TO_BE_READ = """s.epoch <> term.epoch
    OR EXISTS (SELECT FROM gateway.commands c WHERE c.session_id = s.id AND c.status IN ('queued', 'running')
        AND (c.kind = 'logout' OR (c.status = 'queued' AND c.expires_at <= now())))"""
# What this owner itself is carrying out is none of it.
_COMMANDS = """s.connection_status = 'connected' AND EXISTS (
    SELECT FROM gateway.commands c WHERE c.session_id = s.id AND c.status IN ('queued', 'running')
        AND (c.not_before IS NULL OR c.not_before <= now())
        AND (c.status = 'queued' OR c.epoch IS DISTINCT FROM s.epoch OR c.not_before IS NOT NULL))"""
_EVENTS = "EXISTS (SELECT FROM gateway.inbox i WHERE i.session_id = s.id AND i.error IS NULL)"


@dataclass(frozen=True, slots=True)
class DueSession:
    """A session with work: its own state is to be looked after, commands are due, or events wait to be processed.

    One that is connected as it should be has none of it, and is only to be run. While it `is_unsettled` whoever runs it
    has something to do, and what that is may have changed `updated_at`. One that `is_to_be_read` tells of more.
    """

    id: UUID
    shard: int
    updated_at: datetime
    is_unsettled: bool
    is_to_be_read: bool
    has_commands: bool
    has_events: bool


def find(
    connection: Connection, leases: list[Lease], *, only: UUID | None = None, with_connected: bool = False
) -> list[DueSession]:
    """Return the sessions of these leases that have work, or what `only` one of them has.

    `with_connected` finds those too that are connected as they should be: a new owner does not run them yet.
    """
    return (
        connection.cursor(row_factory=class_row(DueSession))
        .execute(
            f"""
            SELECT id, shard, updated_at, is_unsettled, is_to_be_read, has_commands, has_events FROM (
                SELECT s.id, s.shard, s.updated_at, %(all)s AND {_WANTED} AS is_looked_for,
                    {_UNSETTLED} AS is_unsettled, {_TO_BE_READ} AS is_to_be_read,
                    {_COMMANDS} AS has_commands, {_EVENTS} AS has_events
                FROM gateway.whatsapp_sessions s
                JOIN unnest(%(shards)s::int[], %(epochs)s::bigint[]) AS term (shard, epoch)
                    ON s.shard = term.shard AND s.epoch <= term.epoch
                WHERE %(only)s::uuid IS NULL OR s.id = %(only)s
            ) due WHERE is_unsettled OR is_to_be_read OR has_commands OR has_events OR is_looked_for
            """,  # noqa: S608
            {
                "shards": [lease.shard for lease in leases],
                "epochs": [lease.epoch for lease in leases],
                "only": only,
                "all": with_connected,
                "tried_again": list(TRIED_AGAIN),
            },
        )
        .fetchall()
    )
