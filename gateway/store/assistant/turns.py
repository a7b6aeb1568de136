"""Turns: each is a decision of the assistant about what a contact wrote, and the mutex of its conversation.

At most one turn of a chat waits and one runs (unique indexes). Lock order: session, turn, usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.errors import NotFound
from gateway.domain.replies import SkipReason
from gateway.domain.turns import DueTurn, TurnKind, TurnStatus
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.ids import new_id

# A burst is answered after so many windows of silence at the latest, however long it goes on.
_LONGEST_BURST = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """A row of turns; it answers the messages from `first_message_id` to `last_message_id`, `claim` counts its runs.

    It was due in `delay_seconds` when it was read, 0 for at once.
    """

    id: UUID
    session_id: UUID
    chat_id: UUID | None
    kind: str
    status: str
    reason: str | None
    detail: str | None
    first_message_id: UUID | None
    last_message_id: UUID | None
    heard_at: datetime
    due_at: datetime
    delay_seconds: float
    claim: int
    retries: int
    restarts: int
    postponed: int
    superseded_by: UUID | None
    reserved_tokens: int
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_ms: int | None
    input: str | None
    prompt: list[dict[str, str]] | None
    output: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def is_test(self) -> bool:
        return self.kind == TurnKind.TEST


COLUMNS = columns_of(Turn, "t", delay_seconds="greatest(extract(epoch FROM t.due_at - clock_timestamp()), 0)::float8")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended; tokens and latency are of the model's call, where there was one."""

    status: TurnStatus
    reason: str | None = None
    detail: str | None = None
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_ms: int | None = None
    output: str | None = None
    prompt: list[dict[str, str]] | None = None


def open_or_extend(
    connection: Connection, session_id: UUID, chat_id: UUID, message_id: UUID, debounce: float
) -> Cursor[DueTurn]:
    """Open the waiting turn of a chat, or add the message to it; return what tells when it is due, to be read later.

    `debounce` is in seconds. A message that was decrypted late is older than those of the turn. The caller holds the
    session's row lock.
    """
    return connection.cursor(row_factory=class_row(DueTurn)).execute(
        """
        INSERT INTO gateway.turns AS t
            (id, session_id, chat_id, kind, status, first_message_id, last_message_id, heard_at, due_at)
        SELECT %(id)s, %(session)s, %(chat)s, 'reply', 'waiting', %(message)s, %(message)s, clock.now,
            clock.now + make_interval(secs => %(wait)s)
        FROM (SELECT clock_timestamp() AS now) AS clock
        ON CONFLICT (chat_id) WHERE status = 'waiting' DO UPDATE
        SET first_message_id = least(t.first_message_id, EXCLUDED.first_message_id),
            last_message_id = greatest(t.last_message_id, EXCLUDED.last_message_id), heard_at = EXCLUDED.heard_at,
            due_at = greatest(t.not_before,
                least(EXCLUDED.due_at, t.created_at + make_interval(secs => %(wait)s * %(longest)s)))
        RETURNING id AS turn_id, greatest(extract(epoch FROM due_at - heard_at), 0)::float8 AS delay_seconds
        """,
        {
            "id": new_id(),
            "session": session_id,
            "chat": chat_id,
            "message": message_id,
            "wait": debounce,
            "longest": _LONGEST_BURST,
        },
    )


def record_skip(connection: Connection, session_id: UUID, chat_id: UUID, message_id: UUID, reason: SkipReason) -> None:
    """Record why a message is not answered; a second record for the same message is ignored."""
    connection.execute(
        "INSERT INTO gateway.turns (id, session_id, chat_id, kind, status, reason, first_message_id, last_message_id,"
        " ended_at) VALUES (%s, %s, %s, 'reply', 'skipped', %s, %s, %s, clock_timestamp()) ON CONFLICT DO NOTHING",
        [new_id(), session_id, chat_id, reason, message_id, message_id],
    )


def request_test(connection: Connection, session_id: UUID, text: str) -> Turn:
    """Open a turn that shows what the assistant would answer to `text` and sends nothing."""
    turn_id = new_id()
    connection.execute(
        "INSERT INTO gateway.turns (id, session_id, kind, status, input) VALUES (%s, %s, 'test', 'waiting', %s)",
        [turn_id, session_id, text],
    )
    return get(connection, session_id, turn_id)


def finish(connection: Connection, turn_id: UUID, outcome: Outcome) -> None:
    """End a turn; texts are kept only where the outcome has them."""
    connection.execute(
        """
        UPDATE gateway.turns SET status = %(status)s, reason = %(reason)s, detail = %(detail)s, model = %(model)s,
            prompt_tokens = coalesce(%(prompt_tokens)s, prompt_tokens),
            completion_tokens = coalesce(%(completion_tokens)s, completion_tokens),
            latency_ms = coalesce(%(latency)s, latency_ms), output = %(output)s, prompt = %(prompt)s, input = NULL,
            lease_until = NULL, ended_at = clock_timestamp()
        WHERE id = %(id)s AND status IN ('waiting', 'running')
        """,
        {
            "id": turn_id,
            "status": outcome.status,
            "reason": outcome.reason,
            "detail": outcome.detail,
            "model": outcome.model,
            "prompt_tokens": outcome.prompt_tokens,
            "completion_tokens": outcome.completion_tokens,
            "latency": outcome.latency_ms,
            "output": outcome.output,
            "prompt": Jsonb(outcome.prompt) if outcome.prompt is not None else None,
        },
    )


def waiting_behind(connection: Connection, turn: Turn) -> Turn | None:
    """Return the chat's waiting turn, of what was written since this one was claimed; None when there is none."""
    return ask_waiting_behind(connection, turn).fetchone()


def ask_waiting_behind(connection: Connection, turn: Turn) -> Cursor[Turn]:
    """Ask for what waiting_behind() returns, to be read together with other answers."""
    return ask(connection, "t.chat_id = %(chat)s AND t.status = 'waiting'", {"chat": turn.chat_id})


def supersede(connection: Connection, turn: Turn, by: Turn, outcome: Outcome) -> None:
    """End a turn and give its messages to the turn `by`, which waits behind it.

    Where `by` is of an older message, which was decrypted late, it gets the last message too: that is one turn's only.
    """
    finish(connection, turn.id, outcome)
    connection.execute(
        "UPDATE gateway.turns SET superseded_by = %s, last_message_id = CASE WHEN last_message_id < %s"
        " THEN last_message_id END WHERE id = %s",
        [by.id, by.last_message_id, turn.id],
    )
    connection.execute(
        "UPDATE gateway.turns SET first_message_id = least(first_message_id, %s),"
        " last_message_id = greatest(last_message_id, %s), restarts = greatest(restarts, %s), retries = %s"
        " WHERE id = %s",
        [turn.first_message_id, turn.last_message_id, turn.restarts + 1, turn.retries, by.id],
    )


def postpone(connection: Connection, turn: Turn, delay: float, *, is_retry: bool) -> Turn:
    """Make the turn wait again for `delay` seconds and return it; a wait that is no retry costs it none of its tries.

    Where another turn of the chat waits by now, that one gets its messages and is returned.
    """
    if turn.chat_id and (behind := waiting_behind(connection, turn)):
        supersede(connection, turn, behind, Outcome(TurnStatus.SUPERSEDED))
        waiting = behind.id
    else:
        connection.execute("UPDATE gateway.turns SET status = 'waiting', lease_until = NULL WHERE id = %s", [turn.id])
        waiting = turn.id
    connection.execute(
        """
        UPDATE gateway.turns SET retries = retries + %(retry)s, postponed = postponed + 1 - %(retry)s,
            not_before = clock_timestamp() + make_interval(secs => %(delay)s),
            due_at = greatest(due_at, clock_timestamp() + make_interval(secs => %(delay)s))
        WHERE id = %(id)s
        """,
        {"id": waiting, "delay": delay, "retry": int(is_retry)},
    )
    return _one(connection, "t.id = %(id)s", {"id": waiting})


def get(connection: Connection, session_id: UUID, turn_id: UUID) -> Turn:
    """Return a turn of the session. Raises NotFound."""
    return _one(connection, "t.session_id = %(session)s AND t.id = %(id)s", {"session": session_id, "id": turn_id})


def page(
    connection: Connection,
    session_id: UUID,
    *,
    chat_id: UUID | None = None,
    status: TurnStatus | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[Turn]:
    """Return turns, newest first, older than `before`."""
    return select(
        connection,
        """t.session_id = %(session)s AND (%(chat)s::uuid IS NULL OR t.chat_id = %(chat)s)
           AND (%(status)s::text IS NULL OR t.status = %(status)s)
           AND (%(before)s::uuid IS NULL OR t.id < %(before)s) ORDER BY t.id DESC LIMIT %(limit)s""",
        {"session": session_id, "chat": chat_id, "status": status, "before": before, "limit": limit},
    )


def _one(connection: Connection, where: str, parameters: dict[str, Any]) -> Turn:
    found = select(connection, where, parameters)
    if not found:
        raise NotFound("turn")
    return found[0]


def select(connection: Connection, where: str, parameters: dict[str, Any]) -> list[Turn]:
    """Return turns by a condition over the alias `t`; `where` is a literal of this package, never input."""
    return ask(connection, where, parameters).fetchall()


def ask(connection: Connection, where: str, parameters: dict[str, Any]) -> Cursor[Turn]:
    """Ask for what select() returns, to be read together with other answers."""
    return connection.cursor(row_factory=class_row(Turn)).execute(
        f"SELECT {COLUMNS} FROM gateway.turns t WHERE {where}",  # noqa: S608
        parameters,
    )
