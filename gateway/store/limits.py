"""Rate limits of API keys: the generic cell rate algorithm, one row a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.domain.errors import RateLimited

# No key is ever ahead by more than a minute's worth: the clock was put back, and the key begins anew.
_MOVED = "r.arrival_at > clock_timestamp() + interval '1 minute'"
# The last CTE of a statement that counts a request; a minute's worth may come at once, after that they must be evenly
# spaced. It needs a CTE `spender` with the `key` that is limited, and the parameter `per_minute`.
SPEND = f"""
    spent AS (
        INSERT INTO gateway.rate_limits AS r (key, arrival_at)
        SELECT key, clock_timestamp() + interval '1 minute' / %(per_minute)s FROM spender
        ON CONFLICT (key) DO UPDATE
            SET arrival_at = CASE WHEN {_MOVED} THEN clock_timestamp()
                ELSE greatest(r.arrival_at, clock_timestamp()) END + interval '1 minute' / %(per_minute)s
            WHERE r.arrival_at + interval '1 minute' / %(per_minute)s <= clock_timestamp() + interval '1 minute'
                OR {_MOVED}
        RETURNING extract(epoch FROM arrival_at - clock_timestamp()) AS debt
    )
"""  # noqa: S608
# What `allowance_of` reads: the seconds by which the key is ahead, NULL where it may not spend, and those to wait then.
SPENT = """(SELECT debt FROM spent) AS debt,
    (SELECT extract(epoch FROM arrival_at + interval '1 minute' / %(per_minute)s - interval '1 minute'
        - clock_timestamp()) FROM gateway.rate_limits WHERE key = spender.key) AS wait"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may still request: `remaining` at once, all of `per_minute` again after `reset_seconds`.

    A request that is `refused` may pass after those seconds.
    """

    per_minute: int
    remaining: int
    reset_seconds: float
    refused: bool = False

    def require(self) -> None:
        """Raise RateLimited where the request is refused."""
        if self.refused:
            detail = f"This API key may make {self.per_minute} requests a minute."
            raise RateLimited("api_key", detail, self.reset_seconds)


def allowance_of(row: dict[str, Any], per_minute: int) -> Allowance:
    """Return what a row of a statement with SPENT says."""
    if row["debt"] is None:
        return Allowance(per_minute, 0, max(float(row["wait"] or 0.0), 0.001), refused=True)
    debt = max(float(row["debt"]), 0.0)
    return Allowance(per_minute, int(per_minute * (60.0 - debt) / 60.0 + 1e-6), debt)
