"""The Connection tab: sessions, and linking numbers to them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.pages import render_page
from functions.explorer.views import SessionView
from gateway.client import Conflict, Gateway, InvalidInput, Session, calls
from gateway.domain.sessions import SessionState

router = APIRouter(prefix=PATH)

LINKING = (SessionState.CONNECTING, SessionState.QR_PENDING)
LINKING_POLL_SECONDS = 3.0
POLL_SECONDS = 4.0


@router.get("/connection")
def show_connection(request: Request, gateway: GatewayDep) -> Response:
    """Show every session with its state."""
    return _show(request, gateway)


@router.post("/sessions")
def create_session(request: Request, gateway: GatewayDep, form: FormDep) -> Response:
    """Create a session and begin to link it."""
    name = text_of(form, "name")
    try:
        gateway.create_session(name, user_profile_id=gateway.current_key().user_profile_or_new()).connect()
    except InvalidInput as error:
        return _show(request, gateway, notice=str(error), name=name, status=422)
    return _redirect()


@router.post("/sessions/{session_id}/connect")
def connect_session(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Connect; a session that is not linked shows a QR code, or a pairing code where the form holds a number."""
    number = text_of(form, "number").strip()
    try:
        gateway.ask(calls.connect(session_id, number or None))
    except InvalidInput as error:
        return _show(request, gateway, notice=str(error), status=422)
    return _redirect()


@router.post("/sessions/{session_id}/disconnect")
def disconnect_session(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """End the connection; the number stays linked."""
    return _act(request, gateway, session_id, Session.disconnect)


@router.post("/sessions/{session_id}/logout")
def log_out_session(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Unlink the number."""
    return _act(request, gateway, session_id, Session.logout)


@router.post("/sessions/{session_id}/delete")
def delete_session(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Unlink the number and remove the session."""
    return _act(request, gateway, session_id, Session.delete)


def session_view(gateway: Gateway, session: Session) -> SessionView:
    """Return a session; while it is being linked with its status, which holds the QR or pairing code."""
    return SessionView(session.info, session.status() if session.info.status in LINKING else None)


def _act(request: Request, gateway: Gateway, session_id: UUID, act: Callable[[Session], object]) -> Response:
    try:
        act(gateway.session(session_id))
    except Conflict as error:
        return _show(request, gateway, notice=str(error), status=409)
    return _redirect()


def _show(request: Request, gateway: Gateway, *, notice: str = "", name: str = "", status: int = 200) -> Response:
    sessions = [session_view(gateway, session) for session in gateway.sessions()]
    linking = any(session.info.status in LINKING for session in sessions)
    return render_page(
        request,
        "connection.html",
        status=status,
        poll=LINKING_POLL_SECONDS if linking else POLL_SECONDS,
        sessions=sessions,
        notice=notice,
        name=name,
    )


def _redirect() -> Response:
    return RedirectResponse(f"{PATH}/connection", 303)
