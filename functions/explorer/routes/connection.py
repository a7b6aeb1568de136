"""The Connection tab: sessions, and linking numbers to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.pages import render_page
from functions.explorer.session_list import Choice, ChoiceDep, is_linking, list_sessions
from functions.explorer.sessions import newest
from functions.explorer.views import SessionView
from gateway.client import Conflict, Gateway, InvalidInput, Session, SessionInfo, calls
from gateway.domain.history import LONGEST_DAYS, HistoryScope

router = APIRouter(prefix=PATH)

LINKING_POLL_SECONDS = 3.0
POLL_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused: why, of which session (None: of a new one), and the text that was typed for it."""

    notice: str
    session_id: UUID | None = None
    field: str = "name"
    typed: str = ""


@router.get("/connection")
def show_connection(request: Request, gateway: GatewayDep, choice: ChoiceDep) -> Response:
    """Show a page of the sessions with their state."""
    return _show(request, gateway, choice)


@router.post("/sessions")
def create_session(request: Request, gateway: GatewayDep, form: FormDep) -> Response:
    """Create a session and begin to link it: for the user whose sessions are shown, else the key's or a new one."""
    name, choice = text_of(form, "name"), Choice(user=text_of(form, "user").strip())
    try:
        history, days = _history_in(form)
        user = choice.user or gateway.current_key().user_profile_or_new()
        gateway.create_session(name, user_profile_id=user).connect(history=history, history_days=days)
    except InvalidInput as error:
        return _show(request, gateway, choice, Refusal(_reason(error), typed=name), status=422)
    return _redirect(choice)


@router.post("/sessions/{session_id}/name")
def rename_session(
    request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep, choice: ChoiceDep
) -> Response:
    """Give a session another name."""
    name = text_of(form, "name")
    try:
        gateway.ask(calls.change_session(session_id, {"session_name": name}))
    except InvalidInput as error:
        return _show(request, gateway, choice, Refusal(_reason(error), session_id, "name", name), status=422)
    return _redirect(choice)


@router.post("/sessions/{session_id}/connect")
def connect_session(
    request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep, choice: ChoiceDep
) -> Response:
    """Connect; a session that is not linked shows a QR code, or a pairing code where the form holds a number."""
    number = text_of(form, "number").strip()
    try:
        history, days = _history_in(form)
        gateway.ask(calls.connect(session_id, number or None, history=history, history_days=days))
    except InvalidInput as error:
        refusal = Refusal(_reason(error), session_id, "number", number) if number else Refusal(_reason(error))
        return _show(request, gateway, choice, refusal, status=422)
    except Conflict as error:
        return _show(request, gateway, choice, Refusal(str(error)), status=409)
    return _redirect(choice)


@router.post("/sessions/{session_id}/disconnect")
def disconnect_session(
    request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep, choice: ChoiceDep
) -> Response:
    """End the connection; the number stays linked."""
    return _act(request, gateway, choice, session_id, Session.disconnect)


@router.post("/sessions/{session_id}/logout")
def log_out_session(
    request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep, choice: ChoiceDep
) -> Response:
    """Unlink the number."""
    return _act(request, gateway, choice, session_id, Session.logout)


@router.post("/sessions/{session_id}/delete")
def delete_session(
    request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep, choice: ChoiceDep
) -> Response:
    """Unlink the number and remove the session."""
    return _act(request, gateway, choice, session_id, Session.delete)


def session_view(gateway: Gateway, info: SessionInfo) -> SessionView:
    """Return a session; while it is being linked with its status, which holds the QR or pairing code."""
    status = gateway.ask(calls.status(info.id)) if is_linking(info) else None
    return SessionView(info, status)


def _act(
    request: Request, gateway: Gateway, choice: Choice, session_id: UUID, act: Callable[[Session], object]
) -> Response:
    try:
        act(gateway.session(session_id))
    except Conflict as error:
        return _show(request, gateway, choice, Refusal(str(error)), status=409)
    return _redirect(choice)


def _history_in(form: FormData) -> tuple[HistoryScope | None, int | None]:
    """Return which old chats the phone is asked for, and how many days back. Raise InvalidInput."""
    try:
        scope = HistoryScope(text_of(form, "history")) if text_of(form, "history") else None
    except ValueError:
        raise InvalidInput(422, {"detail": "Choose which old chats are imported."}) from None
    days = text_of(form, "days").strip()
    if scope in (None, HistoryScope.NONE) or not days:
        return scope, None
    if not (days.isascii() and days.isdecimal() and len(days) < 6 and 1 <= int(days) <= LONGEST_DAYS):
        raise InvalidInput(422, {"detail": f"Old chats go back 1 to {LONGEST_DAYS:,} days, or all: then name no days."})
    return scope, int(days)


def _reason(error: InvalidInput) -> str:
    """Return what is wrong with the one field of the form."""
    return error.errors[0].detail if error.errors else error.detail


def _show(
    request: Request, gateway: Gateway, choice: Choice, refusal: Refusal | None = None, *, status: int = 200
) -> Response:
    wanted = choice.user_profile_id
    infos, is_cut = newest(gateway, wanted) if wanted or not choice.user else ([], False)
    listed = list_sessions(infos, choice)
    return render_page(
        request,
        "connection.html",
        status=status,
        poll=LINKING_POLL_SECONDS if any(map(is_linking, listed.shown)) else POLL_SECONDS,
        listed=listed,
        is_cut=is_cut,
        choice=choice,
        sessions=[session_view(gateway, info) for info in listed.shown],
        refusal=refusal,
        longest_days=LONGEST_DAYS,
    )


def _redirect(choice: Choice) -> Response:
    return RedirectResponse(f"{PATH}/connection{choice.query()}", 303)
