"""Distributing the sessions again after the number of shards has changed, while connectors run.

A session that moves is fenced in the same statement: its owner's next write fails and it stops running the session; the
owner of the new shard finds it when it reads that shard's sessions again. Two shards never have the same epoch.
"""

from __future__ import annotations

from gateway.domain.shards import shard_of
from gateway.store import leases
from gateway.store.database import Connection


def reshard(connection: Connection, shards: int) -> int:
    """Move each session to its shard of `shards`. Return how many have moved.

    Leases of shards beyond, which nobody holds any more, are deleted.
    """
    rows = connection.execute("SELECT id, shard FROM gateway.whatsapp_sessions").fetchall()
    moving = [(row["id"], target) for row in rows if (target := shard_of(row["id"], shards)) != row["shard"]]
    moved = connection.execute(
        """
        UPDATE gateway.whatsapp_sessions s SET shard = target.shard, epoch = 0
        FROM unnest(%s::uuid[], %s::int[]) AS target (id, shard) WHERE s.id = target.id
        """,
        [[session_id for session_id, _ in moving], [shard for _, shard in moving]],
    )
    leases.forget_retired(connection, shards)
    return moved.rowcount
