"""The lock of a shard: PostgreSQL drops it by itself when its owner's connection ends, long before the lease does.

A session-level advisory lock, held by the owner on a direct connection. `shard_leases.locked_epoch` says under which
epoch the owner holds one: behind a pooler, and in the release before, it has none, and the lease alone counts.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# The first of the two numbers of the lock, the second is the shard. No other lock of the gateway has two.
_CLASS = 20013

# Of the lease `l`: whether its owner should have the lock, and whether somebody has.
BOUND = "l.locked_epoch IS NOT DISTINCT FROM l.epoch"
HELD = f"""(l.shard::bigint IN (SELECT k.objid::bigint FROM pg_locks k
    WHERE k.locktype = 'advisory' AND k.classid = {_CLASS} AND k.objsubid = 2 AND k.granted
      AND k.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))"""  # noqa: S608
# Whether the lease `l` has an owner that lives, as far as the database can know.
LIVE = f"(l.owner IS NOT NULL AND l.expires_at > clock_timestamp() AND (NOT ({BOUND}) OR {HELD}))"


def try_lock(connection: Connection[Any], shard: int) -> bool:
    """Lock a shard until unlock() or the end of the connection; False when somebody else has it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s) AS locked", [_CLASS, shard]).fetchone()
    return bool(row and row["locked"])


def unlock(connection: Connection[Any], shard: int) -> None:
    """Give up the lock of a shard."""
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", [_CLASS, shard])
