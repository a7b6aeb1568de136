"""Nobody wants a connection."""

from __future__ import annotations

from connector.sessions.activity import SessionContext, SessionEvent
from connector.sessions.owned_session import Snapshot
from gateway.domain.sessions import SessionState

_BUSY = (SessionState.CONNECTING, SessionState.QR_PENDING, SessionState.CONNECTED)


class Idle:
    due: float | None = None

    def __init__(self, desk: SessionContext) -> None:
        self._desk = desk
        self.done = False

    def handle(self, note: SessionEvent) -> None:
        pass

    def advance(self, look: Snapshot) -> None:
        if look.session.state in _BUSY:
            with self._desk.record.fence() as fence:
                if not fence.session.wanted and fence.session.state in _BUSY:
                    fence.move(SessionState.DISCONNECTED)
        self.done = True

    def wake(self) -> None:
        pass

    def suspend(self) -> None:
        pass

    def end(self, patience: float) -> None:
        pass

    def abandon(self) -> None:
        pass
