"""The rows of one session as its owner reads and writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from connector.sessions.resources import Resources
from connector.term import Term
from gateway.domain.commands import CommandKind
from gateway.domain.sessions import Reason, SessionState
from gateway.store import commands, leases
from gateway.store.commands import Command
from gateway.store.database import Connection
from gateway.store.fence import Fence, fenced, fenced_at_once
from gateway.store.leases import Lease
from gateway.store.sessions import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Status:
    """A state with why it is so."""

    state: SessionState
    reason: Reason | None = None
    detail: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session, the logout that waits for it, and whether queued commands of it have expired."""

    session: Session
    logout: Command | None
    has_expired: bool


def first_status(session: Session) -> Status | None:
    """Return the status of a session that is not connected, whatever its last owner wrote."""
    match session.state:
        case SessionState.CONNECTED:
            return Status(SessionState.CONNECTING, Reason.CONNECTION_LOST)
        case SessionState.DISCONNECTED | SessionState.LOGGED_OUT:
            return Status(SessionState.CONNECTING)
        case _:
            return None


class OwnedSession:
    """Every method raises LeaseLost once the term is over, and psycopg.OperationalError while the database is away."""

    def __init__(self, resources: Resources, term: Term, session_id: UUID) -> None:
        self.session_id = session_id
        self._resources = resources
        self._term = term

    @property
    def epoch(self) -> int:
        """Of our term."""
        return self._term.epoch

    def read(self) -> Snapshot | None:
        """Return the rows; None when the session needs no owner, or when its owner is somebody else."""
        self._term.require_trusted()
        lease = Lease(self._term.shard, self._term.epoch)
        with self._resources.database.transaction() as connection:
            unfinished = commands.ask_unfinished(connection, self.session_id)
            found = leases.sessions_of(connection, self._resources.worker_id, lease, only=self.session_id)
            if not found:
                return None
            waiting = unfinished.fetchall()
        logout = next((command for command in waiting if command.kind == CommandKind.LOGOUT), None)
        has_expired = any(command.has_expired for command in waiting)
        return Snapshot(found[0], logout, has_expired)

    def require_lease(self) -> None:
        """Raise LeaseLost once the term is over; for what writes no row."""
        self._term.require_trusted()

    def let_go(self) -> None:
        """Let another owner run the session, if it has moved to another shard."""
        self._term.require_trusted()
        self._resources.database.ask(partial(leases.let_go, epoch=self._term.epoch, session_id=self.session_id))

    @contextmanager
    def fence(self, ask: Callable[[Connection], object] | None = None) -> Iterator[Fence]:
        """Open a transaction in which the session is ours; `ask` is that of fenced()."""
        self._term.require_trusted()
        with fenced(self._resources.database, self.session_id, self._term.epoch, ask) as fence:
            yield fence
        self._resources.event_ringer.ring()

    def at_once(self, execute: Callable[[Connection], T]) -> T:
        """Return what `execute` returns, whose statements are fenced and one round trip; it reads no answers."""
        self._term.require_trusted()
        done = fenced_at_once(self._resources.database, self.session_id, self._term.epoch, execute)
        self._resources.event_ringer.ring()
        return done

    def write_status(self, status: Status) -> None:
        """Write the status, unless the row has it already."""
        with self.fence() as fence:
            if status_of(fence.session) != status:
                fence.move(status.state, status.reason, detail=status.detail, expires_at=status.expires_at)


def status_of(session: Session) -> Status:
    """Return the status that a row has."""
    reason = Reason(session.reason) if session.reason else None
    return Status(session.state, reason, session.reason_detail, session.reason_expires_at)
