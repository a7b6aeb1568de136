"""The session that a page shows, and whose name its address holds."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.client import Gateway, Session
from gateway.domain.sessions import SessionState


class SessionGone(Exception):
    """The session that was asked for was deleted, or belongs to another key."""


def choose(sessions: list[Session], session_id: UUID | None) -> Session | None:
    """Return the session of this id; without an id the first that is connected, else the first, None of no sessions.

    Raise SessionGone where there is none of this id: another one in its place would be written into by mistake.
    """
    if session_id is not None:
        found = next((session for session in sessions if session.id == session_id), None)
        if found is None:
            raise SessionGone
        return found
    connected = [session for session in sessions if session.info.status == SessionState.CONNECTED]
    return next(iter([*connected, *sessions]), None)


def redirect_to_first(request: Request, gateway: Gateway) -> Response | None:
    """Return a redirect to this page with a session in its address; None where there is no session.

    Without it, a page that is open would show another session as soon as another one is the first.
    """
    session = choose(list(gateway.sessions()), None)
    if session is None:
        return None
    query = urlencode([*request.query_params.multi_items(), ("session", session.id)])
    return RedirectResponse(f"{request.url.path}?{query}", 303)
