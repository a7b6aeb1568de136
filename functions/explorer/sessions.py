"""Which session a page shows."""

from __future__ import annotations

from uuid import UUID

from gateway.client import Session
from gateway.domain.sessions import SessionState


def chosen(sessions: list[Session], session_id: UUID | None) -> Session | None:
    """The one asked for, else the first that is connected, else the first."""
    asked = [session for session in sessions if session.id == session_id]
    connected = [session for session in sessions if session.info.status == SessionState.CONNECTED]
    return next(iter([*asked, *connected, *sessions]), None)
