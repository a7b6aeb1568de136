"""The session that a page shows."""

from __future__ import annotations

from uuid import UUID

from gateway.client import Session
from gateway.domain.sessions import SessionState


def choose(sessions: list[Session], session_id: UUID | None) -> Session | None:
    """Return the session of this id, else the first that is connected, else the first; None where there is none."""
    requested = [session for session in sessions if session.id == session_id]
    connected = [session for session in sessions if session.info.status == SessionState.CONNECTED]
    return next(iter([*requested, *connected, *sessions]), None)
