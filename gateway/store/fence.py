"""What only the owner of a session may write, in transactions that begin by locking its row under the owner's epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from gateway.domain.errors import ForbiddenMove, LeaseLost
from gateway.domain.events import EventType
from gateway.domain.phone import Address
from gateway.domain.sessions import DesiredState, Reason, SessionState, sources
from gateway.domain.times import iso
from gateway.store import events, sessions
from gateway.store.chats import Chat
from gateway.store.database import Connection, Database
from gateway.store.sessions import Session

T = TypeVar("T")

# Of the session `s`: whether it is the owner's of this epoch. One that moves to another shard is so, too.
_OURS = "s.id = %(id)s AND s.epoch IN (%(epoch)s, -%(epoch)s::bigint)"


@dataclass(frozen=True, slots=True)
class Fence:
    """A transaction of the session's owner: its row is locked, and has the epoch of the owner's lease."""

    connection: Connection
    session: Session
    # Found in this transaction, by address and name: a burst comes mostly from few chats.
    chats: dict[tuple[Address | str, str | None], Chat] = field(default_factory=dict)
    # WhatsApp ids of messages stored in this transaction for which others have waited.
    awaited: set[str] = field(default_factory=set)
    # Files of messages stored in this transaction, which are to be fetched.
    media: list[UUID] = field(default_factory=list)

    @property
    def session_id(self) -> UUID:
        return self.session.id

    def emit(self, kind: EventType, data: dict[str, Any]) -> None:
        """Append to the session's event log."""
        events.emit(self.connection, self.session_id, kind, data)

    def move(
        self,
        target: SessionState,
        reason: Reason | None = None,
        *,
        detail: str | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Change the state, or only its reason when the session is in `target` already. Raises ForbiddenMove."""
        moved = self.connection.execute(
            """
            UPDATE gateway.whatsapp_sessions SET connection_status = %(target)s, reason = %(reason)s,
                reason_detail = %(detail)s, reason_expires_at = %(expires)s, updated_at = now(),
                last_connected_at = CASE WHEN %(target)s = 'connected' THEN now() ELSE last_connected_at END,
                last_disconnected_at = CASE WHEN connection_status = 'connected' AND %(target)s <> 'connected'
                    THEN now() ELSE last_disconnected_at END,
                qr_code = CASE WHEN %(target)s = 'qr_pending' THEN qr_code END,
                qr_expires_at = CASE WHEN %(target)s = 'qr_pending' THEN qr_expires_at END,
                pairing_code = CASE WHEN %(target)s = 'qr_pending' THEN pairing_code END,
                refusals = CASE WHEN %(target)s = 'connected' THEN 0 ELSE refusals END,
                refused_build = CASE WHEN %(target)s <> 'connected' THEN refused_build END,
                link_position = NULL
            WHERE id = %(id)s AND connection_status = ANY(%(allowed)s)
            """,
            {
                "id": self.session_id,
                "target": target,
                "reason": reason,
                "detail": detail,
                "expires": expires_at,
                "allowed": [*sources(target), target],
            },
        )
        if moved.rowcount != 1:
            raise ForbiddenMove(f"{self.session.connection_status} cannot become {target}")
        data = {"status": target, "reason": reason, "detail": detail, "until": expires_at and iso(expires_at)}
        self.emit(EventType.SESSION_STATE, {key: value for key, value in data.items() if value is not None})

    def give_up_connection(self) -> None:
        """Set the desired state to disconnected: the connection ended in a way that only the user can mend."""
        self._set(desired_state=DesiredState.DISCONNECTED)

    def count_refusal(self, build: str) -> int:
        """Count a login that WhatsApp refused to this build of the connector. Return how many were before, in a row."""
        self._set(refusals=min(self.session.refusals + 1, 1000), refused_build=build)
        return self.session.refusals

    def show_link_position(self, position: int) -> None:
        """Store the place among those who wait for a code; no event, it changes often."""
        self._set(link_position=position)

    def show_qr(self, text: str, expires_at: datetime, pairing_key: bytes) -> None:
        """Store the code to scan now; `pairing_key` is the Noise public key in it, by which the device is found."""
        self._set(qr_code=text, qr_expires_at=expires_at, pairing_key=pairing_key)
        self.emit(EventType.SESSION_QR, {"expiresAt": iso(expires_at)})

    def show_pairing_code(self, code: str, expires_at: datetime, pairing_key: bytes) -> None:
        """Store the code to type on the phone."""
        self._set(pairing_code=code, qr_expires_at=expires_at, pairing_key=pairing_key)
        self.emit(EventType.SESSION_QR, {"pairingCode": True})

    def count_qr_set(self) -> int:
        """Count a set of codes that ran out. Return how many have since `connect`."""
        self._set(qr_sets=self.session.qr_sets + 1)
        return self.session.qr_sets + 1

    def link(self, device_jid: str, phone_number: str, lid: str | None) -> None:
        """Store the paired device; by its JID whatsmeow's credentials are found."""
        self._set(
            auth_state=Jsonb({"store": "whatsmeow", "deviceJid": device_jid}),
            phone_number=phone_number,
            lid=lid,
            qr_code=None,
            qr_expires_at=None,
            pairing_code=None,
            pairing_phone=None,
            qr_sets=0,
            history_import=None,
        )

    def note_history(self, document: dict[str, Any]) -> None:
        """Store how far the import of the history has come."""
        self._set(history_import=Jsonb(document))

    def forget_pairing_key(self) -> None:
        """Remove the key of the code shown last: no device was linked by it, and none can be any more."""
        self._set(pairing_key=None)

    def mark_audited(self, until: str) -> None:
        """Record the watermark up to which all messages in whatsmeow's store are in ours too, or reported as lost."""
        self._set(accounted_until=until)

    def unlink(self) -> None:
        """Forget the device; the number stays visible as the last one linked."""
        self._set(auth_state=Jsonb({}), pairing_key=None, lid=None, accounted_until=None)

    def _set(self, **values: object) -> None:
        assignments = ", ".join(f"{column} = %({column})s" for column in values)
        self.connection.execute(
            f"UPDATE gateway.whatsapp_sessions SET {assignments}, updated_at = now() WHERE id = %(id)s",  # noqa: S608
            {**values, "id": self.session_id},
        )


@contextmanager
def fenced(
    database: Database, session_id: UUID, epoch: int, ask: Callable[[Connection], object] | None = None
) -> Iterator[Fence]:
    """Begin a transaction of the owner. Raises LeaseLost when the session has a newer epoch.

    One that moves to another shard is still its owner's, who ends what is running, until that has let it go.
    What `ask` executes goes to the database together with the lock, after it; it is to read no answers.
    """
    with database.transaction() as connection:
        ours = {"id": session_id, "epoch": epoch}
        locking = sessions.ask(connection, f"{_OURS} FOR NO KEY UPDATE OF s", ours, by_owner=True)
        if ask is not None:
            ask(connection)
        locked = locking.fetchall()
        if not locked:
            raise LeaseLost(f"epoch {epoch} of session {session_id} is over")
        yield Fence(connection, locked[0])


def fenced_at_once(database: Database, session_id: UUID, epoch: int, execute: Callable[[Connection], T]) -> T:
    """Return what `execute` returns, whose statements follow the lock in a transaction of one round trip.

    It reads no answers: see Database.at_once. Raises LeaseLost as fenced(), and has no effect then.
    """

    def locked(connection: Connection) -> T:
        # A statement that fails keeps all after it from being executed.
        connection.execute(
            f"WITH ours AS (SELECT FROM gateway.whatsapp_sessions s WHERE {_OURS} FOR NO KEY UPDATE)"  # noqa: S608
            " SELECT 1 / count(*) FROM ours",
            {"id": session_id, "epoch": epoch},
        )
        return execute(connection)

    try:
        return database.at_once(locked)
    except errors.DivisionByZero:
        raise LeaseLost(f"epoch {epoch} of session {session_id} is over") from None
