"""Commands: queued by the API and the assistant, claimed in order of `seq` by the session's owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.store import sessions
from gateway.store.columns import columns_of
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.sessions import CHANNEL, Session, notification_of

# A logout that nobody could run yet is still wanted: it outlasts any outage.
_LOGOUT_EXPIRY_SECONDS = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Command:
    """A row of commands; `payload` holds ids only, what is sent is in the message's row."""

    id: UUID
    session_id: UUID
    seq: int
    kind: str
    payload: dict[str, Any]
    status: str
    epoch: int | None
    device_jid: str | None
    error: str | None
    correlation_id: str | None

    @property
    def message_id(self) -> UUID | None:
        """The row of the message that it sends; None for other kinds."""
        return UUID(self.payload["messageId"]) if self.kind == CommandKind.SEND_TEXT else None


_COLUMNS = columns_of(Command)


def enqueue(
    connection: Connection,
    session: Session,
    kind: CommandKind,
    payload: dict[str, Any],
    *,
    expires_seconds: float,
    correlation_id: str | None = None,
) -> UUID:
    """Queue a command for the device that is linked now and return its id.

    Takes the session's row lock, so that `seq` is the order of the commands.
    """
    command_id = new_id()
    connection.execute(
        """
        WITH numbered AS (
            UPDATE gateway.whatsapp_sessions SET command_seq = command_seq + 1 WHERE id = %(session)s
            RETURNING command_seq, device_jid
        ), queued AS (
            INSERT INTO gateway.commands (id, session_id, seq, kind, payload, device_jid, correlation_id, expires_at)
            SELECT %(id)s, %(session)s, command_seq, %(kind)s, %(payload)s, device_jid, %(correlation)s,
                   now() + make_interval(secs => %(expires)s) FROM numbered
        )
        SELECT pg_notify(%(channel)s, %(notification)s)
        """,
        {
            "id": command_id,
            "session": session.id,
            "kind": kind,
            "payload": Jsonb(payload),
            "correlation": correlation_id,
            "expires": expires_seconds,
            "channel": CHANNEL,
            "notification": notification_of(session),
        },
    )
    return command_id


def request_logout(
    connection: Connection, user_profile_id: UUID, session_id: UUID, correlation_id: str | None = None
) -> Session:
    """Request that the number be unlinked, by one command however often this is called; end a pairing under way.

    The session is not wanted connected any more; `connect` after it links a number again. Raises NotFound.
    """
    session = sessions.request_disconnect(connection, user_profile_id, session_id)
    if session.device_jid is not None and not _logout_is_queued(connection, session):
        enqueue(
            connection,
            session,
            CommandKind.LOGOUT,
            {},
            expires_seconds=_LOGOUT_EXPIRY_SECONDS,
            correlation_id=correlation_id,
        )
    return session


def _logout_is_queued(connection: Connection, session: Session) -> bool:
    waiting = unfinished(connection, session.id)
    return any(command.kind == CommandKind.LOGOUT and command.device_jid == session.device_jid for command in waiting)


def oldest_unfinished(connection: Connection, session_id: UUID, after_seq: int = 0) -> Command | None:
    """Return the next command in order, queued or running; None when there is none."""
    with connection.cursor(row_factory=class_row(Command)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.commands"  # noqa: S608
            " WHERE session_id = %s AND seq > %s AND status IN ('queued', 'running') ORDER BY seq LIMIT 1",
            [session_id, after_seq],
        ).fetchone()


def claim(fence: Fence, command_id: UUID) -> bool:
    """Compare and set from queued to running; False when it is no longer queued or has expired."""
    claimed = fence.connection.execute(
        "UPDATE gateway.commands SET status = 'running', epoch = %s, started_at = now()"
        " WHERE id = %s AND status = 'queued' AND expires_at > now()",
        [fence.session.epoch, command_id],
    )
    return claimed.rowcount == 1


def release(fence: Fence, command_id: UUID) -> None:
    """Queue a claimed command again that provably had no effect."""
    fence.connection.execute(
        "UPDATE gateway.commands SET status = 'queued', epoch = NULL, started_at = NULL"
        " WHERE id = %s AND status = 'running'",
        [command_id],
    )


def finish(
    fence: Fence,
    command_id: UUID,
    status: CommandStatus,
    error: CommandError | None = None,
    detail: str | None = None,
) -> None:
    """End a command that was queued or running; an ended one stays as it is."""
    fence.connection.execute(
        "UPDATE gateway.commands SET status = %s, error = %s, error_detail = %s, finished_at = now()"
        " WHERE id = %s AND status IN ('queued', 'running')",
        [status, error, detail, command_id],
    )


def unfinished(connection: Connection, session_id: UUID) -> list[Command]:
    """Return the commands that are queued or running, in order."""
    with connection.cursor(row_factory=class_row(Command)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.commands"  # noqa: S608
            " WHERE session_id = %s AND status IN ('queued', 'running') ORDER BY seq",
            [session_id],
        ).fetchall()


def expired(connection: Connection, session_id: UUID) -> list[Command]:
    """Return the queued commands that have expired, in order."""
    with connection.cursor(row_factory=class_row(Command)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.commands"  # noqa: S608
            " WHERE session_id = %s AND status = 'queued' AND expires_at <= now() ORDER BY seq",
            [session_id],
        ).fetchall()


def sessions_with_work(connection: Connection, shards: list[int]) -> list[UUID]:
    """Return the sessions of these shards that have queued or running commands, or unprocessed events."""
    rows = connection.execute(
        """
        SELECT s.id FROM gateway.whatsapp_sessions s
        WHERE s.shard = ANY(%s) AND (
            EXISTS (SELECT FROM gateway.commands c WHERE c.session_id = s.id AND c.status IN ('queued', 'running'))
            OR EXISTS (SELECT FROM gateway.inbox i WHERE i.session_id = s.id AND i.error IS NULL))
        """,
        [shards],
    ).fetchall()
    return [row["id"] for row in rows]
