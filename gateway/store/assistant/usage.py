"""Tokens by day: reserved before the model is called, settled by what it used.

A session's days are those of its time zone. What is asked with the platform's key also counts against the budget of the
session's user, whose days are UTC's. Lock order: turns, ai_usage, ai_platform_usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

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


def reserve(connection: Connection, turn: Turn, tokens: int, daily_limit: int | None, zone: str = "UTC") -> bool:
    """Reserve tokens for a turn in place of what it had; False when the day's budget does not allow it.

    What turns have left reserved that ended without a call, by whatever way, is freed.
    """
    release(connection, turn.id)
    _release_ended(connection, turn.session_id)
    row = connection.execute(
        """
        INSERT INTO gateway.ai_usage AS u (session_id, day, reserved_tokens)
        SELECT %(session)s, (clock_timestamp() AT TIME ZONE %(zone)s)::date, %(tokens)s
        WHERE %(limit)s::bigint IS NULL OR %(tokens)s <= %(limit)s
        ON CONFLICT (session_id, day) DO UPDATE SET reserved_tokens = u.reserved_tokens + EXCLUDED.reserved_tokens
            WHERE %(limit)s::bigint IS NULL
                OR u.prompt_tokens + u.completion_tokens + u.reserved_tokens + %(tokens)s <= %(limit)s
        RETURNING day
        """,
        {"session": turn.session_id, "tokens": tokens, "limit": daily_limit, "zone": zone},
    ).fetchone()
    if row is None:
        return False
    connection.execute(
        "UPDATE gateway.turns SET reserved_tokens = %s, reserved_on = %s WHERE id = %s", [tokens, row["day"], turn.id]
    )
    return True


def reserve_of_user(
    connection: Connection, turn: Turn, user_profile_id: UUID, tokens: int, daily_limit: int | None
) -> bool:
    """Reserve the tokens that a turn has reserved also in its user's budget; False when that does not allow it."""
    row = connection.execute(
        """
        INSERT INTO gateway.ai_platform_usage AS u (user_profile_id, day, reserved_tokens)
        SELECT %(user)s, (clock_timestamp() AT TIME ZONE 'UTC')::date, %(tokens)s
        WHERE %(limit)s::bigint IS NULL OR %(tokens)s <= %(limit)s
        ON CONFLICT (user_profile_id, day) DO UPDATE SET reserved_tokens = u.reserved_tokens + EXCLUDED.reserved_tokens
            WHERE %(limit)s::bigint IS NULL OR u.tokens + u.reserved_tokens + %(tokens)s <= %(limit)s
        RETURNING day
        """,
        {"user": user_profile_id, "tokens": tokens, "limit": daily_limit},
    ).fetchone()
    if row is None:
        return False
    connection.execute("UPDATE gateway.turns SET platform_reserved_on = %s WHERE id = %s", [row["day"], turn.id])
    return True


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
    for reserved in _reserved(connection, "t.id = %(turn)s", {"turn": turn_id}):
        _settle(connection, reserved, 0, 0, 0)


def settle(connection: Connection, turn_id: UUID, prompt_tokens: int, completion_tokens: int) -> None:
    """Replace the tokens that a turn has reserved by those that it used."""
    for reserved in _reserved(connection, "t.id = %(turn)s", {"turn": turn_id}):
        _settle(connection, reserved, prompt_tokens, completion_tokens, 1)


def _release_ended(connection: Connection, session_id: UUID) -> None:
    """Free what the session's turns still have reserved that have ended."""
    since = first_id(datetime.now(UTC) - _RECENT)
    ended = "t.session_id = %(session)s AND t.id > %(since)s AND t.status NOT IN ('waiting', 'running')"
    for reserved in _reserved(connection, ended, {"session": session_id, "since": since}):
        _settle(connection, reserved, 0, 0, 0)


def _reserved(connection: Connection, where: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what turns have reserved, and lock them; `where` is a condition over `t`, a literal of this module."""
    return connection.execute(
        "SELECT t.id, t.session_id, t.reserved_on, t.platform_reserved_on, t.reserved_tokens, s.user_profile_id"  # noqa: S608
        " FROM gateway.turns t JOIN gateway.whatsapp_sessions s ON s.id = t.session_id"
        f" WHERE t.reserved_on IS NOT NULL AND {where} ORDER BY t.id FOR NO KEY UPDATE OF t",
        parameters,
    ).fetchall()


def _settle(
    connection: Connection, reserved: dict[str, Any], prompt_tokens: int, completion_tokens: int, calls: int
) -> None:
    values = {**reserved, "prompt": prompt_tokens, "completion": completion_tokens, "calls": calls}
    connection.execute(
        "UPDATE gateway.turns SET reserved_tokens = 0, reserved_on = NULL, platform_reserved_on = NULL"
        " WHERE id = %(id)s",
        values,
    )
    connection.execute(
        """
        UPDATE gateway.ai_usage SET reserved_tokens = greatest(reserved_tokens - %(reserved_tokens)s, 0),
            prompt_tokens = prompt_tokens + %(prompt)s, completion_tokens = completion_tokens + %(completion)s,
            calls = calls + %(calls)s
        WHERE session_id = %(session_id)s AND day = %(reserved_on)s
        """,
        values,
    )
    if reserved["platform_reserved_on"] is None:
        return
    connection.execute(
        """
        UPDATE gateway.ai_platform_usage SET reserved_tokens = greatest(reserved_tokens - %(reserved_tokens)s, 0),
            tokens = tokens + %(prompt)s + %(completion)s
        WHERE user_profile_id = %(user_profile_id)s AND day = %(platform_reserved_on)s
        """,
        values,
    )


def days(connection: Connection, session_id: UUID, limit: int) -> list[DayUsage]:
    """Return a session's days, newest first."""
    with connection.cursor(row_factory=class_row(DayUsage)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(DayUsage)} FROM gateway.ai_usage"  # noqa: S608
            " WHERE session_id = %s ORDER BY day DESC LIMIT %s",
            [session_id, limit],
        ).fetchall()
