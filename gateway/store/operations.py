"""What is asked of WhatsApp beside messages, and what became of it: rows of commands that have a result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.errors import IdempotencyConflict, NotFound
from gateway.domain.operations import EXPIRES_SECONDS, SENTENCES, Operation, Refusal, payload_of
from gateway.store import commands, outgoing
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.sessions import Session, require_can_send

# What nobody waits for may wait for a connection.
_UNAWAITED_EXPIRES_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation that was asked for: `result` is there once it is done, also of a part of one that failed."""

    id: UUID
    session_id: UUID
    operation: str
    status: str
    error: str | None
    error_detail: str | None
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None
    fingerprint: bytes | None


def _ask(connection: Connection, session_id: UUID, where: str, value: object) -> Cursor[Asked]:
    return connection.cursor(row_factory=class_row(Asked)).execute(
        "SELECT id, session_id, payload ->> 'operation' AS operation, status, error, error_detail, result, created_at,"  # noqa: S608
        f" finished_at, fingerprint FROM gateway.commands WHERE session_id = %s AND kind = %s AND {where}",
        [session_id, CommandKind.OPERATION, value],
    )


def get(connection: Connection, session_id: UUID, operation_id: UUID) -> Asked:
    """Return what became of an operation. Raises NotFound."""
    found = _ask(connection, session_id, "id = %s", operation_id).fetchone()
    if found is None:
        raise NotFound("operation")
    return found


def request(
    connection: Connection,
    session: Session,
    operation: Operation,
    *,
    key: str | None = None,
    fingerprint: bytes | None = None,
    correlation_id: str | None = None,
) -> tuple[Asked, bool]:
    """Ask for an operation; return it, or the one of an earlier request with the same key, and whether it is that.

    The caller holds the session's row lock. Raises IdempotencyConflict and SessionCannotSend.
    """
    if key and (earlier := _ask(connection, session.id, "idempotency_key = %s", key).fetchone()):
        if earlier.fingerprint != fingerprint:
            raise IdempotencyConflict
        return earlier, True
    require_can_send(session)
    command_id = commands.enqueue(
        connection,
        session,
        CommandKind.OPERATION,
        payload_of(operation),
        expires_seconds=EXPIRES_SECONDS,
        correlation_id=correlation_id,
    )
    if key:
        connection.execute(
            "UPDATE gateway.commands SET idempotency_key = %s, fingerprint = %s WHERE id = %s",
            [key, fingerprint, command_id],
        )
    return get(connection, session.id, command_id), False


def queue(fence: Fence, operation: Operation) -> None:
    """Have something done for whose outcome nobody waits."""
    commands.enqueue(
        fence.connection,
        fence.session,
        CommandKind.OPERATION,
        payload_of(operation),
        expires_seconds=_UNAWAITED_EXPIRES_SECONDS,
    )


def settle(
    fence: Fence,
    command_id: UUID,
    status: CommandStatus,
    error: CommandError | Refusal | None = None,
    *,
    result: dict[str, Any] | None = None,
    detail: str | None = None,
) -> None:
    """End an operation, and notify who waits for it; an ended one stays as it is."""
    fence.connection.execute(
        "UPDATE gateway.commands SET status = %s, error = %s, error_detail = %s, result = %s, finished_at = now()"
        " WHERE id = %s AND status IN ('queued', 'running')",
        [status, error, detail or (SENTENCES[error] if error else None), Jsonb(result) if result else None, command_id],
    )
    outgoing.notify_settled(fence.connection, command_id)
