"""Commands: queued by the API and the assistant, claimed by the session's owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow, class_row
from psycopg.types.json import Jsonb

from gateway.domain.access import Reach
from gateway.domain.commands import SENDS, CommandError, CommandKind, CommandStatus
from gateway.store import desired_state, messages
from gateway.store.columns import columns_of, pair_row
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.ids import new_id
from gateway.store.messages import Message
from gateway.store.sessions import CHANNEL, COMMANDS_CHANNEL, Session, notification_of

# A logout that nobody could run yet is still wanted: it outlasts any outage.
_LOGOUT_EXPIRY_SECONDS = 30 * 86400.0

# Until when a command waits that waits for something else: nothing else in a session waits for it.
HELD: LiteralString = "timestamptz '9999-01-01'"


@dataclass(frozen=True, slots=True)
class Command:
    """A row of commands; what is sent is in the message's row, what else is asked of WhatsApp in the `payload`.

    `attempts` are those that were begun and count: a lost connection gives one back; `is_valid` until it expires.
    """

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
    attempts: int
    waited_seconds: float
    is_valid: bool

    @property
    def has_expired(self) -> bool:
        """Whether it is too late to begin it."""
        return self.status == CommandStatus.QUEUED and not self.is_valid

    @property
    def message_id(self) -> UUID | None:
        """The row of the message that it sends; None for other kinds."""
        return UUID(self.payload["messageId"]) if self.kind in SENDS else None


COLUMNS = columns_of(
    Command, waited_seconds="extract(epoch FROM now() - created_at)::float8", is_valid="expires_at > now()"
)


# The end of a statement that queues a command, of the parameters of queued(); its CTE `numbered` has the `command_seq`
# and the `device_jid` of the session, whose row it has locked: so `command_seq` is the order of the commands.
QUEUED = f"""
    queued AS (
        INSERT INTO gateway.commands
            (id, session_id, seq, kind, payload, device_jid, correlation_id, expires_at, not_before)
        SELECT %(command_id)s, %(session)s, command_seq, %(kind)s, %(payload)s, device_jid, %(request)s,
               now() + make_interval(secs => %(expires)s), CASE WHEN %(held)s THEN {HELD} END FROM numbered
    )
    SELECT pg_notify(%(channel)s, %(notification)s)
"""  # noqa: S608
_ENQUEUE = f"""
    WITH numbered AS (
        UPDATE gateway.whatsapp_sessions SET command_seq = command_seq + 1 WHERE id = %(session)s
        RETURNING command_seq, device_jid
    ), {QUEUED}
"""  # noqa: S608


def enqueue(
    connection: Connection,
    session: Session,
    kind: CommandKind,
    payload: dict[str, Any],
    *,
    expires_seconds: float,
    correlation_id: str | None = None,
    held: bool = False,
) -> UUID:
    """Queue a command and return its id; see queued(). Takes the session's row lock."""
    parameters = queued(session, kind, payload, expires=expires_seconds, request=correlation_id, held=held)
    connection.execute(_ENQUEUE, parameters)
    command_id: UUID = parameters["command_id"]
    return command_id


def queued(
    session: Session, kind: CommandKind, payload: dict[str, Any], *, expires: float, request: str | None, held: bool
) -> dict[str, Any]:
    """Return the parameters of QUEUED: a command for the device that is linked now; one that is held is to be let go.

    It expires after so many seconds; `request` is the correlation id.
    """
    return {
        "command_id": new_id(),
        "session": session.id,
        "kind": kind,
        "payload": Jsonb(payload),
        "request": request,
        "expires": expires,
        "held": held,
        # A logout is more than a command: it ends the connection.
        "channel": CHANNEL if kind is CommandKind.LOGOUT else COMMANDS_CHANNEL,
        "notification": notification_of(session),
    }


def request_logout(
    connection: Connection, reach: Reach, session_id: UUID, correlation_id: str | None = None
) -> Session:
    """Request that the number be unlinked, by one command however often this is called; end a pairing under way.

    The session is not wanted connected any more; `connect` after it links a number again. Raises NotFound.
    """
    session = desired_state.request_disconnect(connection, reach, session_id)
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


# Whether an earlier send to the chat of the send `c` waits for its next attempt; few commands wait.
_BEHIND_ANOTHER = f"""EXISTS (
    SELECT FROM gateway.commands w
    JOIN gateway.whatsapp_explorer_messages earlier ON earlier.id = (w.payload ->> 'messageId')::uuid
    JOIN gateway.whatsapp_explorer_messages later ON later.id = (c.payload ->> 'messageId')::uuid
    WHERE w.session_id = c.session_id AND w.status IN ('queued', 'running') AND w.not_before > now()
        AND w.not_before < {HELD} AND w.seq < c.seq AND earlier.chat_id = later.chat_id)"""

# What is to be carried out or decided next: what sends comes first, by `seq`. A send waits behind one to the same chat
# that waits for its next attempt; nothing after a logout is begun. Parameters: `session`, `sends`.
DUE = f"""gateway.commands c
    WHERE session_id = %(session)s AND status IN ('queued', 'running')
        AND (not_before IS NULL OR not_before <= now()) AND NOT {_BEHIND_ANOTHER}
        AND seq < ALL (SELECT seq FROM gateway.commands WHERE session_id = %(session)s AND kind = 'logout'
                       AND status IN ('queued', 'running'))
    ORDER BY kind <> ALL(%(sends)s), seq"""  # noqa: S608
_NEXT = f"""
    SELECT {columns_of(Command, "d")}, {messages.COLUMNS}
    FROM (SELECT {COLUMNS} FROM {DUE} LIMIT 2) d
    LEFT JOIN ({messages.FROM}) ON m.session_id = d.session_id AND m.id = (d.payload ->> 'messageId')::uuid
    ORDER BY d.kind <> ALL(%(sends)s), d.seq
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Due:
    """The command that is next, with the message that it sends, and whether another one is due after it."""

    command: Command
    message: Message | None
    is_last: bool


class DueQuery:
    """Asks for the next command together with the lock of its session."""

    def __init__(self, connection: Connection, session_id: UUID) -> None:
        self._found = connection.cursor(row_factory=pair_row(Command, Message)).execute(
            _NEXT, {"session": session_id, "sends": list(SENDS)}
        )

    def read(self) -> Due | None:
        """Return what is due; None when nothing is."""
        found = self._found.fetchall()
        return Due(*found[0], is_last=len(found) == 1) if found else None


def next_due(connection: Connection, session_id: UUID) -> Command | None:
    """Return the command to carry out or to decide next; None when none is due."""
    due = DueQuery(connection, session_id).read()
    return due.command if due else None


def is_overtaken(connection: Connection, command: Command, chat_id: UUID) -> bool:
    """Return whether a send to the chat that was queued after the command has been begun before it."""
    row = connection.execute(
        """
        SELECT EXISTS (
            SELECT FROM gateway.commands s
            JOIN gateway.whatsapp_explorer_messages m ON m.id = (s.payload ->> 'messageId')::uuid
            WHERE s.session_id = %s AND s.seq > %s AND s.kind = ANY(%s) AND s.status <> 'queued' AND m.chat_id = %s
        ) AS overtaken
        """,
        [command.session_id, command.seq, list(SENDS), chat_id],
    ).fetchone()
    return bool(row and row["overtaken"])


def claim(fence: Fence, command_id: UUID) -> bool:
    """Compare and set from queued to running, one more attempt; False when it is no longer queued or has expired."""
    return _begin(fence, command_id).rowcount == 1


def begin(fence: Fence, command: Command) -> bool:
    """Claim a command that was read under this fence, so that nobody can have changed it; False when it has expired."""
    if not command.is_valid:
        return False
    _begin(fence, command.id)
    return True


def _begin(fence: Fence, command_id: UUID) -> Cursor[DictRow]:
    return fence.connection.execute(
        "UPDATE gateway.commands SET status = 'running', epoch = %s, started_at = now(), attempts = attempts + 1"
        " WHERE id = %s AND status = 'queued' AND expires_at > now()",
        [fence.session.epoch, command_id],
    )


def release(fence: Fence, command: Command, attempts: int, pause_seconds: float = 0.0) -> bool | None:
    """Queue a command again that provably had no effect, not to be begun before the pause is over.

    Return whether it is still valid then; None when it is not in the state any more in which it was read.
    """
    return _wait(fence, command, CommandStatus.QUEUED, attempts, pause_seconds)


def postpone(fence: Fence, command: Command, attempts: int, pause_seconds: float) -> bool | None:
    """Leave a command as it is, queued or to be decided, until the pause is over; the result is that of `release`."""
    return _wait(fence, command, CommandStatus(command.status), attempts, pause_seconds)


def _wait(fence: Fence, command: Command, status: CommandStatus, attempts: int, pause_seconds: float) -> bool | None:
    row = fence.connection.execute(
        """
        UPDATE gateway.commands SET status = %(status)s, attempts = %(attempts)s,
            epoch = CASE WHEN %(status)s = 'running' THEN epoch END,
            started_at = CASE WHEN %(status)s = 'running' THEN started_at END,
            not_before = CASE WHEN %(pause)s > 0 THEN now() + make_interval(secs => %(pause)s) END
        WHERE id = %(id)s AND status = %(known_status)s AND attempts = %(known_attempts)s
        RETURNING expires_at > coalesce(not_before, now()) AS is_valid
        """,
        {
            "id": command.id,
            "status": status,
            "attempts": attempts,
            "pause": pause_seconds,
            "known_status": command.status,
            "known_attempts": command.attempts,
        },
    ).fetchone()
    return bool(row["is_valid"]) if row else None


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
    return ask_unfinished(connection, session_id).fetchall()


def ask_unfinished(connection: Connection, session_id: UUID) -> Cursor[Command]:
    """Ask for the commands that are queued or running, in order, to be read together with other answers."""
    return connection.cursor(row_factory=class_row(Command)).execute(
        f"SELECT {COLUMNS} FROM gateway.commands"  # noqa: S608
        " WHERE session_id = %s AND status IN ('queued', 'running') ORDER BY seq",
        [session_id],
    )
