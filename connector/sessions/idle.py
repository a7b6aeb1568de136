"""The session wants no connection."""

from __future__ import annotations

from connector.sessions.activity import Activity, SessionContext
from connector.sessions.owned_session import Snapshot
from gateway.domain.sessions import SessionState

_CONNECTION_STATES = (SessionState.CONNECTING, SessionState.QR_PENDING, SessionState.CONNECTED)


class Idle(Activity):
    """Writes that the session is disconnected, where its row says otherwise."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def advance(self, snapshot: Snapshot) -> None:
        if snapshot.session.state in _CONNECTION_STATES:
            with self._context.owned_session.fence() as fence:
                if not fence.session.wanted and fence.session.state in _CONNECTION_STATES:
                    fence.move(SessionState.DISCONNECTED)
        self.done = True
