"""The session that a page shows, and whose name its address holds; and those among which one chooses."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from gateway.client import Gateway, NotFound, Session, SessionInfo, calls
from gateway.domain.sessions import SessionState

# As many as the API gives at once; the key of an app may reach any number.
_PAGE = 200
# A page polls: so many requests it makes at most for its list.
_PAGES_LISTED = 5


class SessionGone(Exception):
    """The session that was asked for was deleted, or belongs to another key."""


def offered(gateway: Gateway, session_id: UUID | None) -> list[Session]:
    """Return the newest sessions, from which one may be chosen, and that of this id in any case.

    Raise SessionGone where there is none of this id.
    """
    newest = [Session(gateway, info) for info in gateway.ask(calls.sessions(limit=_PAGE)).items]
    if session_id is None or any(session.id == session_id for session in newest):
        return newest
    try:
        return [gateway.session(session_id), *newest]
    except NotFound as error:
        raise SessionGone from error


def newest(gateway: Gateway, user_profile_id: UUID | None) -> tuple[list[SessionInfo], bool]:
    """Return the sessions, newest first, of all users or of one; and whether there are more than a page can list."""
    found: list[SessionInfo] = []
    cursor = None
    for _ in range(_PAGES_LISTED):
        page = gateway.ask(calls.sessions(cursor, _PAGE, user_profile_id=user_profile_id))
        found += page.items
        cursor = page.next
        if cursor is None:
            return found, False
    return found, True


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
    session = choose(offered(gateway, None), None)
    if session is None:
        return None
    query = urlencode([*request.query_params.multi_items(), ("session", session.id)])
    return RedirectResponse(f"{request.url.path}?{query}", 303)
