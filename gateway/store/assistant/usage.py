"""Tokens by day (UTC): reserved before the model is called, settled by what it used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.rows import class_row

from gateway.store.assistant.turns import Turn
from gateway.store.columns import columns_of
from gateway.store.database import Connection


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


def reserve(connection: Connection, turn: Turn, tokens: int, daily_limit: int | None) -> bool:
    """Reserve tokens for a turn in place of what it had; False when the day's budget does not allow it."""
    release(connection, turn.id)
    row = connection.execute(
        """
        INSERT INTO gateway.ai_usage AS u (session_id, day, reserved_tokens)
        SELECT %(session)s, (clock_timestamp() AT TIME ZONE 'UTC')::date, %(tokens)s
        WHERE %(limit)s::bigint IS NULL OR %(tokens)s <= %(limit)s
        ON CONFLICT (session_id, day) DO UPDATE SET reserved_tokens = u.reserved_tokens + EXCLUDED.reserved_tokens
            WHERE %(limit)s::bigint IS NULL
                OR u.prompt_tokens + u.completion_tokens + u.reserved_tokens + %(tokens)s <= %(limit)s
        RETURNING day
        """,
        {"session": turn.session_id, "tokens": tokens, "limit": daily_limit},
    ).fetchone()
    if row is None:
        return False
    connection.execute(
        "UPDATE gateway.turns SET reserved_tokens = %s, reserved_on = %s WHERE id = %s", [tokens, row["day"], turn.id]
    )
    return True


def release(connection: Connection, turn_id: UUID) -> None:
    """Free the tokens that a turn has reserved."""
    _settle(connection, turn_id, 0, 0, 0)


def settle(connection: Connection, turn_id: UUID, prompt_tokens: int, completion_tokens: int) -> None:
    """Replace the tokens that a turn has reserved by those that the model's service counted."""
    _settle(connection, turn_id, prompt_tokens, completion_tokens, 1)


def _settle(connection: Connection, turn_id: UUID, prompt_tokens: int, completion_tokens: int, calls: int) -> None:
    connection.execute(
        """
        WITH reserved AS (
            SELECT id, session_id, reserved_on, reserved_tokens FROM gateway.turns
            WHERE id = %(turn)s AND reserved_on IS NOT NULL FOR NO KEY UPDATE
        ), freed AS (
            UPDATE gateway.turns t SET reserved_tokens = 0, reserved_on = NULL FROM reserved WHERE t.id = reserved.id
        )
        UPDATE gateway.ai_usage u SET reserved_tokens = greatest(u.reserved_tokens - reserved.reserved_tokens, 0),
            prompt_tokens = u.prompt_tokens + %(prompt)s, completion_tokens = u.completion_tokens + %(completion)s,
            calls = u.calls + %(calls)s
        FROM reserved WHERE u.session_id = reserved.session_id AND u.day = reserved.reserved_on
        """,
        {"turn": turn_id, "prompt": prompt_tokens, "completion": completion_tokens, "calls": calls},
    )


def days(connection: Connection, session_id: UUID, limit: int) -> list[DayUsage]:
    """Return a session's days, newest first."""
    with connection.cursor(row_factory=class_row(DayUsage)) as cursor:
        return cursor.execute(
            f"SELECT {columns_of(DayUsage)} FROM gateway.ai_usage"  # noqa: S608
            " WHERE session_id = %s ORDER BY day DESC LIMIT %s",
            [session_id, limit],
        ).fetchall()
