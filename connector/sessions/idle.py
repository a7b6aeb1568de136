"""The session wants no connection."""

from __future__ import annotations

from connector.sessions.activity import Activity, SessionContext
from connector.sessions.owned_session import Snapshot
from gateway.domain.sessions import TRIED_AGAIN, SessionState
from gateway.store.sessions import Session

_CONNECTION_STATES = (SessionState.CONNECTING, SessionState.QR_PENDING, SessionState.CONNECTED)


class Idle(Activity):
    """Writes that the session is disconnected, where its row says otherwise."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def advance(self, snapshot: Snapshot) -> None:
        if _is_outdated(snapshot.session):
            with self._context.owned_session.fence() as fence:
                if not fence.session.wanted and _is_outdated(fence.session):
                    fence.move(SessionState.DISCONNECTED)
        self.done = True


def _is_outdated(session: Session) -> bool:
    """Return whether the row tells of a connection, or promises another try at one."""
    return session.state in _CONNECTION_STATES or (
        session.state is SessionState.DISCONNECTED and session.reason in TRIED_AGAIN
    )
