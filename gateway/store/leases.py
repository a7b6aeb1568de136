"""Shard leases: one owner a shard, proven by an epoch that is new with every change of owner, of whichever shard.

The database's clock decides. A term is the exact (owner, epoch): renewing and releasing name it, so that an owner
that lost its term can change nothing. Acquiring a shard writes its epoch into the session rows of that shard, and every
write of a worker is conditional on it (gateway.store.fence). Where the owner also holds the lock of the shard
(gateway.store.shard_locks), a lock that is free tells of its end before the lease does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from gateway.store import sessions, shard_locks
from gateway.store.database import Connection
from gateway.store.sessions import CHANNEL, Session

# Nobody's, or its owner's term is over.
_LAPSED = "(l.owner IS NULL OR l.expires_at < clock_timestamp())"
# Or a term that its owner, we or another one without its lock, is known to have lost.
_FREE = f"""({_LAPSED} OR EXISTS (
    SELECT FROM unnest(%(shards)s::int[], %(epochs)s::bigint[]) AS lost (shard, epoch)
    WHERE lost.shard = l.shard AND lost.epoch = l.epoch AND (l.owner = %(worker)s OR {shard_locks.BOUND})))"""

# A session that moves to another shard (maintenance.resharding) has its owner's epoch, negated, until that owner has
# closed its socket or its term is over: nobody runs it meanwhile.
_LET_GO = """(s.epoch >= 0 OR NOT EXISTS (SELECT FROM gateway.shard_leases former
    WHERE former.epoch = -s.epoch AND former.owner IS NOT NULL AND former.expires_at > clock_timestamp()))"""


# Nobody else is to have it next, or that one does not come for it.
_FOR_US = """(l.handoff_to IS NULL OR l.handoff_to = %(worker)s OR l.expires_at < clock_timestamp() - interval '10 s'
    OR NOT EXISTS (SELECT FROM gateway.workers w WHERE w.id = l.handoff_to AND NOT w.draining))"""


@dataclass(frozen=True, slots=True)
class Lease:
    """A term of a shard; `handoff_to` names the worker that should have it next."""

    shard: int
    epoch: int
    handoff_to: str | None = None


@dataclass(frozen=True, slots=True)
class Unowned:
    """A shard whose owner seems to be gone: its lease has lapsed, or it should hold the shard's lock and does not."""

    shard: int
    epoch: int
    owner: str | None
    has_lapsed: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """The workers among whom shards are shared, those shards that one of them may acquire, and what others hold.

    `free` begins with what is being handed to it; `others` are shards with live leases, by owner.
    """

    live: list[str]
    free: list[int]
    others: dict[str, list[int]]


def prepare(connection: Connection, shards: int) -> None:
    """Insert the rows of the shards 0 … shards-1 where they are missing, and forget workers of long ago."""
    connection.execute("DELETE FROM gateway.workers WHERE heartbeat_at < clock_timestamp() - interval '1 hour'")
    connection.execute(
        "INSERT INTO gateway.shard_leases (shard) SELECT generate_series(0, %s - 1) ON CONFLICT DO NOTHING", [shards]
    )


def forget_retired(connection: Connection, shards: int) -> None:
    """Delete the rows of shards from `shards` on that have neither an owner nor a session."""
    connection.execute(
        "DELETE FROM gateway.shard_leases l WHERE shard >= %s AND (owner IS NULL OR expires_at < clock_timestamp())"
        " AND NOT EXISTS (SELECT FROM gateway.whatsapp_sessions s WHERE s.shard = l.shard)",
        [shards],
    )


def heartbeat(connection: Connection, worker: str, *, draining: bool = False) -> None:
    """Record that the worker is alive; how many shards the others may hold follows from it."""
    connection.execute(
        """
        INSERT INTO gateway.workers (id, draining) VALUES (%s, %s)
        ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp(), draining = EXCLUDED.draining
        """,
        [worker, draining],
    )


def unowned(connection: Connection) -> list[Unowned]:
    """Return the shards whose owners seem to be gone."""
    with connection.cursor(row_factory=class_row(Unowned)) as cursor:
        return cursor.execute(
            f"""
            SELECT l.shard, l.epoch, l.owner, {_LAPSED} AS has_lapsed, {shard_locks.HELD} AS is_locked
            FROM gateway.shard_leases l WHERE {_LAPSED} OR ({shard_locks.BOUND} AND NOT {shard_locks.HELD})
            """  # noqa: S608
        ).fetchall()


def survey(
    connection: Connection, worker: str, shards: int, within_seconds: float, lost: Sequence[Lease] = ()
) -> Survey:
    """Return what a worker shares with others of the shards below `shards`, in one statement.

    Who had no heartbeat within the time counts no more. `lost` are terms whose owners are known to have stopped: our
    own, and those of others who have been without their locks for long.
    """
    row = connection.execute(
        f"""
        SELECT ARRAY(SELECT id FROM gateway.workers WHERE NOT draining
                AND heartbeat_at > clock_timestamp() - make_interval(secs => %(within)s) ORDER BY id) AS live,
            ARRAY(SELECT shard FROM gateway.shard_leases l
                WHERE shard < %(count)s AND {_FREE} AND {_FOR_US}
                ORDER BY handoff_to = %(worker)s DESC NULLS LAST, shard) AS free,
            (SELECT coalesce(jsonb_object_agg(owner, shards), '{{}}') FROM (
                SELECT owner, array_agg(shard ORDER BY shard) AS shards FROM gateway.shard_leases
                WHERE owner <> %(worker)s AND shard < %(count)s AND expires_at > clock_timestamp() GROUP BY owner
            ) AS held) AS others
        """,  # noqa: S608
        {"worker": worker, "count": shards, "within": within_seconds, **_terms(lost)},
    ).fetchone()
    assert row is not None  # noqa: S101 - it has no FROM
    return Survey(row["live"], row["free"], row["others"])


def acquire(
    connection: Connection,
    shard: int,
    worker: str,
    ttl_seconds: float,
    *,
    is_locked: bool = False,
    lost: Sequence[Lease] = (),
) -> Lease | None:
    """Acquire a free shard and write the new epoch into its sessions; None when it is not free.

    `is_locked`: the worker holds the shard's lock. `lost` as for survey().
    """
    row = connection.execute(
        f"""
        UPDATE gateway.shard_leases l SET owner = %(worker)s, epoch = next.epoch, acquired_at = clock_timestamp(),
            expires_at = clock_timestamp() + make_interval(secs => %(ttl)s), handoff_to = NULL,
            locked_epoch = CASE WHEN %(locked)s THEN next.epoch END
        FROM (SELECT nextval('gateway.epochs') AS epoch) AS next
        WHERE shard = %(shard)s AND {_FREE} RETURNING l.epoch
        """,  # noqa: S608
        {"shard": shard, "worker": worker, "ttl": ttl_seconds, "locked": is_locked, **_terms(lost)},
    ).fetchone()
    if row is None:
        return None
    connection.execute(
        f"UPDATE gateway.whatsapp_sessions s SET epoch = %(epoch)s"  # noqa: S608
        f" WHERE s.shard = %(shard)s AND s.epoch < %(epoch)s AND {_LET_GO}",
        {"shard": shard, "epoch": row["epoch"]},
    )
    return Lease(shard, row["epoch"])


def renew(
    connection: Connection, worker: str, terms: list[Lease], ttl_seconds: float, locked: Sequence[int] = ()
) -> list[Lease]:
    """Prolong exactly these terms, of which the worker holds the locks of `locked`. Return those that it still has."""
    rows = connection.execute(
        """
        UPDATE gateway.shard_leases l SET expires_at = clock_timestamp() + make_interval(secs => %(ttl)s),
            locked_epoch = CASE WHEN l.shard = ANY(%(locked)s) THEN l.epoch END
        FROM unnest(%(shards)s::int[], %(epochs)s::bigint[]) AS term (shard, epoch)
        WHERE l.shard = term.shard AND l.epoch = term.epoch AND l.owner = %(worker)s
          AND l.expires_at >= clock_timestamp()
        RETURNING l.shard, l.epoch, l.handoff_to
        """,
        {"worker": worker, "ttl": ttl_seconds, "locked": list(locked), **_terms(terms)},
    ).fetchall()
    return [Lease(row["shard"], row["epoch"], row["handoff_to"]) for row in rows]


def release(connection: Connection, worker: str, term: Lease) -> bool:
    """Give up exactly this term; False when it was lost before."""
    released = connection.execute(
        "UPDATE gateway.shard_leases SET owner = NULL, expires_at = clock_timestamp()"
        " WHERE shard = %s AND owner = %s AND epoch = %s",
        [term.shard, worker, term.epoch],
    )
    return released.rowcount == 1


def forget(connection: Connection, worker: str) -> None:
    """Delete the heartbeat of a worker that has ended."""
    connection.execute("DELETE FROM gateway.workers WHERE id = %s", [worker])


def release_worker(connection: Connection, worker: str) -> int:
    """Release every lease of a worker that is known to be dead. Return how many there were."""
    forget(connection, worker)
    released = connection.execute(
        "UPDATE gateway.shard_leases SET owner = NULL, expires_at = clock_timestamp() WHERE owner = %s", [worker]
    )
    return released.rowcount


def request_handoff(connection: Connection, shard: int, owner: str, to: str) -> bool:
    """Request a shard of its owner for another worker; False when it has another owner, or another request."""
    requested = connection.execute(
        "UPDATE gateway.shard_leases SET handoff_to = %s WHERE shard = %s AND owner = %s AND handoff_to IS NULL",
        [to, shard, owner],
    )
    return requested.rowcount == 1


def sessions_of(connection: Connection, worker: str, term: Lease, only: UUID | None = None) -> list[Session]:
    """Return the sessions of a leased shard that need an owner; [] when the term is lost.

    Sessions that were made or moved here since the shard was acquired get its epoch, once nobody runs them any more.
    """
    parameters = {"worker": worker, "shard": term.shard, "epoch": term.epoch, "only": only}
    connection.execute(
        f"""
        UPDATE gateway.whatsapp_sessions s SET epoch = %(epoch)s
        WHERE s.shard = %(shard)s AND s.epoch < %(epoch)s AND (%(only)s::uuid IS NULL OR s.id = %(only)s) AND {_LET_GO}
          AND EXISTS (SELECT FROM gateway.shard_leases l
                      WHERE l.shard = %(shard)s AND l.owner = %(worker)s AND l.epoch = %(epoch)s)
        """,  # noqa: S608
        parameters,
    )
    return sessions.select(
        connection,
        """s.shard = %(shard)s AND s.epoch = %(epoch)s AND (%(only)s::uuid IS NULL OR s.id = %(only)s)
           AND (s.is_active OR s.device_jid IS NOT NULL
                OR s.connection_status NOT IN ('disconnected', 'logged_out'))""",
        parameters,
        by_owner=True,
    )


def let_go(connection: Connection, epoch: int, session_id: UUID) -> None:
    """Let the new owner run a session that has moved away from this term: its socket is closed."""
    connection.execute(
        """
        WITH moved AS (UPDATE gateway.whatsapp_sessions SET epoch = 0 WHERE id = %s AND epoch = -%s::bigint
                       RETURNING shard, id)
        SELECT pg_notify(%s, shard || ':' || id) FROM moved
        """,
        [session_id, epoch, CHANNEL],
    )


def _terms(terms: Sequence[Lease]) -> dict[str, list[int]]:
    return {"shards": [term.shard for term in terms], "epochs": [term.epoch for term in terms]}
