"""What users request of their sessions: to be connected or not, and whether somebody still waits for a code."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from gateway.domain.access import Reach
from gateway.domain.errors import Conflict
from gateway.domain.events import EventType
from gateway.domain.history import HistoryScope, HistoryWish
from gateway.domain.sessions import SessionState, sources
from gateway.store import sessions
from gateway.store.database import Connection
from gateway.store.events import emit
from gateway.store.sessions import Session

STATUS_READ_INTERVAL = timedelta(seconds=30)


def request_connect(
    connection: Connection,
    reach: Reach,
    session_id: UUID,
    pairing_phone: str | None = None,
    history: HistoryWish | None = None,
) -> Session:
    """Request a connection; where the session is connecting or connected already, its state stays.

    Its owner shows a code to type on the phone of this number in place of a QR code, also of one that is shown. Raises
    Conflict where another number is linked. `history` is what the phone is asked for when it is linked next.
    """
    session = sessions.lock(connection, reach, session_id)
    if pairing_phone is not None and session.device_jid is not None and session.phone_number != pairing_phone:
        raise Conflict("already_linked", f"{session.phone_number} is linked: log out first to link another number.")
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET desired_state = 'connected', updated_at = now() WHERE id = %s",
        [session_id],
    )
    if history is not None:
        _request_history(connection, session, history)
    if session.state in sources(SessionState.CONNECTING) and session.state in (
        SessionState.DISCONNECTED,
        SessionState.LOGGED_OUT,
    ):
        _begin(connection, session_id, pairing_phone)
    elif pairing_phone is not None and session.device_jid is None and session.pairing_phone != pairing_phone:
        connection.execute(
            "UPDATE gateway.whatsapp_sessions SET pairing_phone = %s, pairing_code = NULL, qr_code = NULL,"
            " qr_expires_at = NULL, qr_sets = 0 WHERE id = %s",
            [pairing_phone, session_id],
        )
    sessions.notify(connection, session)
    return sessions.get(connection, reach, session_id)


def _begin(connection: Connection, session_id: UUID, pairing_phone: str | None) -> None:
    """Set the state to connecting, with its event."""
    connection.execute(
        """
        UPDATE gateway.whatsapp_sessions SET connection_status = 'connecting', reason = NULL, reason_detail = NULL,
            reason_expires_at = NULL, pairing_phone = %s, pairing_code = NULL, qr_code = NULL, qr_sets = 0
        WHERE id = %s
        """,
        [pairing_phone, session_id],
    )
    emit(connection, session_id, EventType.SESSION_STATE, {"status": "connecting"})


def _request_history(connection: Connection, session: Session, history: HistoryWish) -> None:
    """Store what the phone is asked for; a code that asks for something else is shown no more."""
    if history != HistoryWish(HistoryScope(session.history), session.history_days):
        connection.execute(
            "UPDATE gateway.whatsapp_sessions SET history = %s, history_days = %s, qr_code = NULL, pairing_code = NULL"
            " WHERE id = %s",
            [history.scope, history.days, session.id],
        )


def note_status_read(connection: Connection, session: Session) -> None:
    """Record that somebody asks for the status while a code is awaited or shown, at most every 30 s."""
    if session.state not in (SessionState.CONNECTING, SessionState.QR_PENDING) or session.device_jid is not None:
        return
    if session.status_read_at is not None and session.as_of - session.status_read_at < STATUS_READ_INTERVAL:
        return
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET status_read_at = now() WHERE id = %s AND connection_status = %s",
        [session.id, session.connection_status],
    )


def request_disconnect(connection: Connection, reach: Reach, session_id: UUID) -> Session:
    """Request the end of the connection; the credentials stay, and the owner changes the state."""
    session = sessions.lock(connection, reach, session_id)
    connection.execute(
        "UPDATE gateway.whatsapp_sessions SET desired_state = 'disconnected', updated_at = now() WHERE id = %s",
        [session_id],
    )
    sessions.notify(connection, session)
    return sessions.get(connection, reach, session_id)
