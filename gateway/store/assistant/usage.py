"""Tokens by day: reserved before the model is called, settled by what it used.

A session's days are those of its time zone. What is asked with the platform's key also counts against the budget of the
session's user, whose days are UTC's. Lock order: turns, ai_usage, ai_platform_usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row

from gateway.domain.replies import SkipReason
from gateway.store.assistant.turns import Turn
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import first_id

# What was reserved longer ago was so for a day that is over.
_RECENT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What a session used on a day; `reserved_tokens` are of turns under way."""

    day: date
    prompt_tokens: int
    completion_tokens: int
    reserved_tokens: int
    calls: int

    @property
    def total(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class UserBudget:
    """The budget from which a turn is paid, too, that is asked with the platform's key."""

    user_profile_id: UUID
    daily_tokens: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """Which budgets have allowed it; one that is not asked allows everything."""

    by_session: bool
    by_user: bool

    @property
    def objection(self) -> SkipReason | None:
        """Why the model must not be called, or None."""
        if not self.by_session:
            return SkipReason.BUDGET_SPENT
        return None if self.by_user else SkipReason.USER_BUDGET_SPENT


_RESERVE = """
    WITH of_session AS (
        INSERT INTO gateway.ai_usage AS u (session_id, day, reserved_tokens)
        SELECT %(session)s, (clock_timestamp() AT TIME ZONE %(zone)s)::date, %(tokens)s
        WHERE %(limit)s::bigint IS NULL OR %(tokens)s <= %(limit)s
        ON CONFLICT (session_id, day) DO UPDATE SET reserved_tokens = u.reserved_tokens + EXCLUDED.reserved_tokens
            WHERE %(limit)s::bigint IS NULL
                OR u.prompt_tokens + u.completion_tokens + u.reserved_tokens + %(tokens)s <= %(limit)s
        RETURNING day
    ), of_user AS (
        INSERT INTO gateway.ai_platform_usage AS u (user_profile_id, day, reserved_tokens)
        SELECT %(user)s, (clock_timestamp() AT TIME ZONE 'UTC')::date, %(tokens)s FROM of_session
        WHERE %(user)s::uuid IS NOT NULL AND %(tokens)s <= %(user_limit)s::bigint
        ON CONFLICT (user_profile_id, day) DO UPDATE SET reserved_tokens = u.reserved_tokens + EXCLUDED.reserved_tokens
            WHERE u.tokens + u.reserved_tokens + %(tokens)s <= %(user_limit)s::bigint
        RETURNING day
    ), noted AS (
        UPDATE gateway.turns t SET reserved_tokens = %(tokens)s, reserved_on = of_session.day,
            platform_reserved_on = (SELECT day FROM of_user)
        FROM of_session WHERE t.id = %(turn)s
    )
    SELECT EXISTS (SELECT FROM of_session) AS by_session,
        %(user)s::uuid IS NULL OR EXISTS (SELECT FROM of_user) AS by_user
"""


def reserve(
    connection: Connection,
    turn: Turn,
    tokens: int,
    daily_limit: int | None,
    zone: str = "UTC",
    *,
    user: UserBudget | None = None,
) -> Cursor[Reservation]:
    """Reserve tokens for a turn in place of what it had, in each budget as far as it allows; return what is to be read.

    What turns have left reserved that ended without a call, by whatever way, is freed.
    """
    _release_ended(connection, turn)
    return connection.cursor(row_factory=class_row(Reservation)).execute(
        _RESERVE,
        {
            "turn": turn.id,
            "session": turn.session_id,
            "tokens": tokens,
            "limit": daily_limit,
            "zone": zone,
            "user": user and user.user_profile_id,
            "user_limit": user and user.daily_tokens,
        },
    )


def spent_of_user(connection: Connection, user_profile_id: UUID) -> int:
    """Return the tokens that the sessions of a user have used today (UTC) with the platform's key, or reserved."""
    row = connection.execute(
        "SELECT tokens + reserved_tokens AS spent FROM gateway.ai_platform_usage"
        " WHERE user_profile_id = %s AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date",
        [user_profile_id],
    ).fetchone()
    return int(row["spent"]) if row else 0


def release(connection: Connection, turn_id: UUID) -> None:
    """Free the tokens that a turn has reserved."""
    _settle(connection, "t.id = %(turn)s", {"turn": turn_id}, 0, 0, 0)


def settle(connection: Connection, turn_id: UUID, prompt_tokens: int, completion_tokens: int) -> None:
    """Replace the tokens that a turn has reserved by those that it used."""
    _settle(connection, "t.id = %(turn)s", {"turn": turn_id}, prompt_tokens, completion_tokens, 1)


def _release_ended(connection: Connection, turn: Turn) -> None:
    """Free what a turn still has reserved, and those turns of its session that have ended."""
    ended = "t.session_id = %(session)s AND t.id > %(since)s AND t.status NOT IN ('waiting', 'running')"
    values = {"turn": turn.id, "session": turn.session_id, "since": first_id(datetime.now(UTC) - _RECENT)}
    _settle(connection, f"(t.id = %(turn)s OR {ended})", values, 0, 0, 0)


def _settle(
    connection: Connection,
    where: str,
    parameters: dict[str, Any],
    prompt_tokens: int,
    completion_tokens: int,
    calls: int,
) -> None:
    """Replace what turns have reserved; `where` is a condition over `t`, a literal of this module.

    The budgets of sessions are the statement's last part, which runs before a CTE that nothing reads: that of users.
    """
    connection.execute(
        f"""
        WITH reserved AS MATERIALIZED (
            SELECT t.id, t.session_id, t.reserved_on, t.platform_reserved_on, t.reserved_tokens, s.user_profile_id
            FROM gateway.turns t JOIN gateway.whatsapp_sessions s ON s.id = t.session_id
            WHERE t.reserved_on IS NOT NULL AND {where} ORDER BY t.id FOR NO KEY UPDATE OF t
        ), cleared AS (
            UPDATE gateway.turns t SET reserved_tokens = 0, reserved_on = NULL, platform_reserved_on = NULL
            FROM reserved r WHERE t.id = r.id
            RETURNING r.session_id, r.reserved_on, r.platform_reserved_on, r.reserved_tokens, r.user_profile_id
        ), platform AS (
            UPDATE gateway.ai_platform_usage u SET reserved_tokens = greatest(u.reserved_tokens - c.reserved, 0),
                tokens = u.tokens + (%(prompt)s + %(completion)s) * c.turns
            FROM (SELECT user_profile_id, platform_reserved_on AS day, sum(reserved_tokens) AS reserved,
                    count(*) AS turns FROM cleared GROUP BY 1, 2) AS c
            WHERE u.user_profile_id = c.user_profile_id AND u.day = c.day
        )
        UPDATE gateway.ai_usage u SET reserved_tokens = greatest(u.reserved_tokens - c.reserved, 0),
            prompt_tokens = u.prompt_tokens + %(prompt)s * c.turns,
            completion_tokens = u.completion_tokens + %(completion)s * c.turns, calls = u.calls + %(calls)s * c.turns
        FROM (SELECT session_id, reserved_on AS day, sum(reserved_tokens) AS reserved, count(*) AS turns
            FROM cleared GROUP BY 1, 2) AS c
        WHERE u.session_id = c.session_id AND u.day = c.day
        """,  # noqa: S608
        {**parameters, "prompt": prompt_tokens, "completion": completion_tokens, "calls": calls},
    )


def days(connection: Connection, session_id: UUID, limit: int) -> list[DayUsage]:
    """Return a session's days, newest first."""
    with connection.cursor(row_factory=class_row(DayUsage)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(DayUsage)} FROM gateway.ai_usage"  # noqa: S608
            " WHERE session_id = %s ORDER BY day DESC LIMIT %s",
            [session_id, limit],
        ).fetchall()
