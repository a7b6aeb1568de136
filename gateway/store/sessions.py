"""Session rows as the API reads and writes them: desired state, and the first move to `connecting`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from gateway.domain.errors import IdempotencyConflict, NotFound, SessionCannotSend
from gateway.domain.events import EventType
from gateway.domain.sessions import SENTENCES, DesiredState, Presented, Reason, SessionState, present, sources
from gateway.domain.shards import shard_of
from gateway.store.database import Connection
from gateway.store.events import emit
from gateway.store.ids import new_id

# On which owners that listen are told of a commit.
CHANNEL = "gateway_doorbell"

_COLUMNS = """
    s.id, s.user_profile_id, s.session_name, s.phone_number, s.connection_status, s.is_active,
    s.last_connected_at, s.last_disconnected_at, s.created_at, s.updated_at, s.desired_state, s.device_jid, s.lid,
    s.reason, s.reason_detail, s.reason_expires_at, s.qr_code, s.qr_expires_at, s.qr_sets, s.pairing_phone,
    s.pairing_code, s.pairing_key, s.accounted_until, s.shard, s.epoch,
    EXISTS (SELECT FROM gateway.shard_leases l
            WHERE l.shard = s.shard AND l.owner IS NOT NULL AND l.expires_at > clock_timestamp()) AS owned
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A row of whatsapp_sessions; `owned` says whether a live lease covers its shard."""

    id: UUID
    user_profile_id: UUID
    session_name: str
    phone_number: str | None
    connection_status: str
    is_active: bool
    last_connected_at: datetime | None
    last_disconnected_at: datetime | None
    created_at: datetime
    updated_at: datetime
    desired_state: str
    device_jid: str | None
    lid: str | None
    reason: str | None
    reason_detail: str | None
    reason_expires_at: datetime | None
    qr_code: str | None
    qr_expires_at: datetime | None
    qr_sets: int
    pairing_phone: str | None
    pairing_code: str | None
    pairing_key: bytes | None
    accounted_until: str | None
    shard: int
    epoch: int
    owned: bool

    @property
    def state(self) -> SessionState:
        return SessionState(self.connection_status)

    @property
    def wanted(self) -> bool:
        """Whether its owner should keep it connected."""
        return self.is_active and self.desired_state == DesiredState.CONNECTED

    @property
    def presented(self) -> Presented:
        return present(self.state, Reason(self.reason) if self.reason else None, owned=self.owned)

    @property
    def sentence(self) -> str | None:
        """What people are told of `presented.reason`."""
        reason = self.presented.reason
        if reason is None or reason is Reason.NO_OWNER:
            return reason and SENTENCES[reason]
        return self.reason_detail or SENTENCES[reason]


def select(connection: Connection, where: str, parameters: dict[str, Any]) -> list[Session]:
    """Sessions by a condition over the alias `s`; `where` is a literal of this package, never input."""
    with connection.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM gateway.whatsapp_sessions s WHERE {where}",  # noqa: S608
            parameters,
        ).fetchall()


def create(
    connection: Connection,
    user_profile_id: UUID,
    name: str,
    shards: int,
    *,
    session_id: UUID | None = None,
    idempotency_key: str | None = None,
    fingerprint: bytes | None = None,
) -> Session:
    """A replay with the same key answers the row it made, whatever its id. Raises IdempotencyConflict."""
    session_id = session_id or new_id()
    connection.execute(
        """
        INSERT INTO gateway.whatsapp_sessions
            (id, user_profile_id, session_name, shard, idempotency_key, fingerprint)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (user_profile_id, idempotency_key) DO NOTHING
        """,
        [session_id, user_profile_id, name, shard_of(session_id, shards), idempotency_key, fingerprint],
    )
    if idempotency_key is None:
        return get(connection, user_profile_id, session_id)
    row = connection.execute(
        "SELECT id, fingerprint FROM gateway.whatsapp_sessions WHERE user_profile_id = %s AND idempotency_key = %s",
        [user_profile_id, idempotency_key],
    ).fetchone()
    if row is None or row["fingerprint"] != fingerprint:
        raise IdempotencyConflict
    return get(connection, user_profile_id, row["id"])


def get(connection: Connection, user_profile_id: UUID, session_id: UUID) -> Session:
    """Raises NotFound for a session that is deleted, or that is another user's."""
    return _of_user(connection, user_profile_id, session_id)


def _of_user(connection: Connection, user_profile_id: UUID, session_id: UUID, lock: LiteralString = "") -> Session:
    found = select(
        connection,
        f"s.id = %(id)s AND s.user_profile_id = %(user)s AND s.is_active {lock}",
        {"id": session_id, "user": user_profile_id},
    )
    if not found:
        raise NotFound("session")
    return found[0]


def locked(connection: Connection, session_id: UUID) -> Session | None:
    """The session, whoever's it is, held until the transaction ends; None where it is deleted."""
    found = select(connection, "s.id = %(id)s AND s.is_active FOR NO KEY UPDATE OF s", {"id": session_id})
    return found[0] if found else None


def page(connection: Connection, user_profile_id: UUID, before: UUID | None, limit: int) -> list[Session]:
    """Newest first, older than `before`."""
    return select(
        connection,
        "s.user_profile_id = %(user)s AND s.is_active AND (%(before)s::uuid IS NULL OR s.id < %(before)s)"
        " ORDER BY s.id DESC LIMIT %(limit)s",
        {"user": user_profile_id, "before": before, "limit": limit},
    )


def request_connect(
    connection: Connection, user_profile_id: UUID, session_id: UUID, pairing_phone: str | None = None
) -> Session:
    """Ask for a connection; of a session that is connecting or connected already nothing changes."""
    session = lock(connection, user_profile_id, session_id)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET desired_state = 'connected', updated_at = now() WHERE id = %s",
        [session_id],
    )
    if session.state in sources(SessionState.CONNECTING) and session.state in (
        SessionState.DISCONNECTED,
        SessionState.LOGGED_OUT,
    ):
        connection.execute(
            """
            UPDATE gateway.whatsapp_sessions SET connection_status = 'connecting', reason = NULL, reason_detail = NULL,
                reason_expires_at = NULL, pairing_phone = %s, pairing_code = NULL, qr_code = NULL, qr_sets = 0
            WHERE id = %s
            """,
            [pairing_phone, session_id],
        )
        emit(connection, session_id, EventType.SESSION_STATE, {"status": "connecting"})
    notify(connection, session)
    return get(connection, user_profile_id, session_id)


def request_disconnect(connection: Connection, user_profile_id: UUID, session_id: UUID) -> Session:
    """Ask for an end of the connection; the credentials stay, the owner makes the move."""
    session = lock(connection, user_profile_id, session_id)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET desired_state = 'disconnected', updated_at = now() WHERE id = %s",
        [session_id],
    )
    notify(connection, session)
    return get(connection, user_profile_id, session_id)


def delete(connection: Connection, user_profile_id: UUID, session_id: UUID) -> Session:
    """Hide the session for ever; its owner unlinks the number. Answers it as it was."""
    session = lock(connection, user_profile_id, session_id)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET is_active = false, desired_state = 'disconnected', updated_at = now()"
        " WHERE id = %s",
        [session_id],
    )
    notify(connection, session)
    return session


def notify(connection: Connection, session: Session) -> None:
    """Wake the owner at commit where it listens; the doorbell that must suffice is the queue's."""
    connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, bell_of(session)])


def bell_of(session: Session) -> str:
    """What is told on the channel: whose shard, and which session."""
    return f"{session.shard}:{session.id}"


def require_can_send(session: Session) -> None:
    """Raises SessionCannotSend, saying what to do, when nothing will be sent until somebody acts."""
    if session.device_jid is None and session.state in (SessionState.CONNECTING, SessionState.QR_PENDING):
        raise SessionCannotSend("not_linked", "No number is linked yet: scan the QR code of the session's status.")
    if session.device_jid is None or session.state is SessionState.LOGGED_OUT:
        raise SessionCannotSend("not_linked", "No number is linked: connect the session and scan its QR code.")
    if not session.wanted:
        ended = session.sentence if session.state is SessionState.DISCONNECTED else None
        raise SessionCannotSend("disconnected", ended or "The session is disconnected: connect it to send.")


def lock(connection: Connection, user_profile_id: UUID, session_id: UUID) -> Session:
    """The session, its row locked until the transaction ends. Raises NotFound."""
    return _of_user(connection, user_profile_id, session_id, "FOR NO KEY UPDATE OF s")
