"""Rate limits of API keys: the generic cell rate algorithm, one row a key."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.errors import RateLimited
from gateway.store.database import Connection


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may still request: `remaining` at once, all of `per_minute` again after `reset_seconds`."""

    per_minute: int
    remaining: int
    reset_seconds: float


def spend(connection: Connection, key: str, per_minute: int) -> Allowance:
    """Count a request of the key. Raises RateLimited.

    A minute's worth may come at once; after that they must be evenly spaced.
    """
    row = connection.execute(
        """
        INSERT INTO gateway.rate_limits AS r (key, arrival_at)
        VALUES (%(key)s, clock_timestamp() + interval '1 minute' / %(limit)s)
        ON CONFLICT (key) DO UPDATE
            SET arrival_at = greatest(r.arrival_at, clock_timestamp()) + interval '1 minute' / %(limit)s
            WHERE r.arrival_at + interval '1 minute' / %(limit)s <= clock_timestamp() + interval '1 minute'
        RETURNING extract(epoch FROM arrival_at - clock_timestamp()) AS debt
        """,
        {"key": key, "limit": per_minute},
    ).fetchone()
    if row is not None:
        debt = max(float(row["debt"]), 0.0)
        return Allowance(per_minute, int(per_minute * (60.0 - debt) / 60.0 + 1e-6), debt)
    wait = connection.execute(
        "SELECT extract(epoch FROM arrival_at + interval '1 minute' / %(limit)s - interval '1 minute'"
        " - clock_timestamp()) AS wait FROM gateway.rate_limits WHERE key = %(key)s",
        {"key": key, "limit": per_minute},
    ).fetchone()
    retry_after = max(float(wait["wait"]), 0.001) if wait else 0.001
    raise RateLimited("api_key", f"This API key may make {per_minute} requests a minute.", retry_after)
