"""Distributing the sessions again after the number of shards has changed, while connectors run.

A session that moves is marked in the same statement and its owner notified, which ends what is running, closes its
socket and then lets the owner of the new shard run it (gateway.store.leases). Two shards never have the same epoch.
"""

from __future__ import annotations

from gateway.domain.shards import shard_of
from gateway.store import leases
from gateway.store.database import Connection
from gateway.store.sessions import CHANNEL


def reshard(connection: Connection, shards: int) -> int:
    """Move each session to its shard of `shards`. Return how many have moved.

    Leases of shards beyond, which nobody holds any more, are deleted.
    """
    rows = connection.execute("SELECT id, shard FROM gateway.whatsapp_sessions").fetchall()
    moving = [(row["id"], target) for row in rows if (target := shard_of(row["id"], shards)) != row["shard"]]
    left = [f"{row['shard']}:{row['id']}" for row in rows if shard_of(row["id"], shards) != row["shard"]]
    moved = connection.execute(
        """
        UPDATE gateway.whatsapp_sessions s SET shard = target.shard, epoch = -abs(s.epoch)
        FROM unnest(%s::uuid[], %s::int[]) AS target (id, shard) WHERE s.id = target.id
        """,
        [[session_id for session_id, _ in moving], [shard for _, shard in moving]],
    )
    connection.execute("SELECT pg_notify(%s, left_by) FROM unnest(%s::text[]) AS left_by", [CHANNEL, left])
    leases.forget_retired(connection, shards)
    return moved.rowcount
