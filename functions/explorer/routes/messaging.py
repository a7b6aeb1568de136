"""The Messaging tab: the chats of a session, and the messages of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from functions.explorer import reader
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, id_of, text_of
from functions.explorer.chat_list import FoundMessage, list_entry, search_messages, unread_chats
from functions.explorer.conversation import LATEST, NOTHING_OPEN, Place, open_chat
from functions.explorer.pages import render_page, wants_json
from functions.explorer.sessions import choose, offered, redirect_to_first
from functions.explorer.views import SessionView
from gateway.client import Gateway, Problem, calls, send_calls
from gateway.client import assistant as endpoints
from gateway.domain.errors import InvalidPhoneNumber
from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.domain.phone import delivered_number, parse_phone_number

router = APIRouter(prefix=PATH)

POLL_SECONDS = 2.0
# The title says how many chats are unread.
BACKGROUND_POLL_SECONDS = 20.0
CHATS_SHOWN = 50
Cursor = Annotated[str | None, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the composer."""

    to: str = ""
    text: str = ""


EMPTY_DRAFT = Draft()


@router.get("/messaging")
def show_messaging(
    request: Request,
    gateway: GatewayDep,
    session: UUID | None = None,
    chat: UUID | None = None,
    new: bool = False,
    search: Annotated[str, Query(max_length=100)] = "",
    before: Cursor = None,
    at: UUID | None = None,
) -> Response:
    """Show the chats of a session and the messages of one.

    `before` is the cursor of a page of older ones, `at` a message that was found.
    """
    if session is None and (first := redirect_to_first(request, gateway)):
        return first
    return _show(request, gateway, session, chat, new=new, search=search, place=Place(before, at))


@router.post("/sessions/{session_id}/messages")
def send_message(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Queue a text; the page polls for its status. A script is told the ids, or why it was refused."""
    to, text, key = text_of(form, "to"), text_of(form, "text"), text_of(form, "key")
    chat_id = id_of(form, "chat") if text_of(form, "chat") else None
    try:
        body = send_calls.text(to, text.replace("\r\n", "\n"))
        sent = gateway.ask(send_calls.send(session_id, body, wait=False, key=key or None))
        chat_id = gateway.ask(calls.message(session_id, sent.id)).chat_id
    except Problem as error:
        return _show_refusal(request, gateway, session_id, chat_id, error, Draft(to, text))
    if wants_json(request):
        return JSONResponse({"message": str(sent.id), "chat": str(chat_id)})
    return _redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/messages/{message_id}/resend")
def resend_message(
    request: Request, gateway: GatewayDep, session_id: UUID, message_id: UUID, form: FormDep
) -> Response:
    """Queue a failed message again."""
    chat_id = gateway.ask(calls.message(session_id, message_id)).chat_id
    try:
        gateway.ask(send_calls.resend(session_id, message_id, wait=False))
    except Problem as error:
        return _show_refusal(request, gateway, session_id, chat_id, error, EMPTY_DRAFT)
    return _redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/chats/{chat_id}/read")
def read_chat(request: Request, gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Mark a chat as read, and tell so to who wrote unless this person does not want it."""
    try:
        receipts = reader.sends_receipts(request, session_id)
        gateway.ask(calls.read_chat(session_id, chat_id, receipts=receipts))
    except Problem as error:
        return _show_refusal(request, gateway, session_id, chat_id, error, EMPTY_DRAFT)
    return _redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/receipts")
def switch_receipts(request: Request, session_id: UUID, form: FormDep) -> Response:
    """Tell those who wrote, or do not tell them, when this person reads."""
    response = _redirect(session_id, id_of(form, "chat") if text_of(form, "chat") else None)
    reader.set_receipts(response, request, session_id, on=bool(text_of(form, "on")))
    return response


@router.post("/sessions/{session_id}/chats/{chat_id}/takeover")
def switch_takeover(gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Silence the assistant in a chat, or let it answer there again."""
    call = endpoints.take_over if text_of(form, "taken_over") else endpoints.hand_back
    gateway.ask(call(session_id, chat_id))
    return _redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/number")
def check_number(gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Check a phone number while it is typed; it is not in the path, because paths are logged.

    One that WhatsApp has delivered to the session is right whatever numbering plans say.
    """
    typed = text_of(form, "number")
    try:
        return JSONResponse({"number": parse_phone_number(typed)})
    except InvalidPhoneNumber as error:
        number = delivered_number(typed)
        if number is not None and _is_known(gateway, session_id, number):
            return JSONResponse({"number": number})
        return JSONResponse({"error": str(error)})


def _is_known(gateway: Gateway, session_id: UUID, number: str) -> bool:
    """Return whether the API takes the number for one of a chat, or of somebody who has none."""
    try:
        gateway.ask(calls.messages(session_id, chat=number, limit=1))
    except Problem as problem:
        return problem.status == 404
    return True


def _show_refusal(
    request: Request, gateway: Gateway, session_id: UUID, chat_id: UUID | None, error: Problem, draft: Draft
) -> Response:
    """Show the page again with what was typed and why it was refused. Raise `error` where the form is not at fault."""
    if error.status >= 500 or error.status in (401, 404):
        raise error
    if wants_json(request):
        return JSONResponse({"error": str(error)}, error.status)
    return _show(
        request, gateway, session_id, chat_id, new=chat_id is None, notice=str(error), draft=draft, status=error.status
    )


def _show(
    request: Request,
    gateway: Gateway,
    session_id: UUID | None,
    chat_id: UUID | None,
    *,
    new: bool = False,
    search: str = "",
    place: Place = LATEST,
    notice: str = "",
    draft: Draft = EMPTY_DRAFT,
    status: int = 200,
) -> Response:
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    page = gateway.ask(calls.chats(session.id, search=search or None, limit=CHATS_SHOWN)) if session else None
    chats = page.items if page else ()
    found: list[FoundMessage] = search_messages(gateway, session, search) if session and search.strip() else []
    zone = reader.time_zone(request)
    return render_page(
        request,
        "messaging.html",
        status=status,
        poll=POLL_SECONDS,
        background_poll=BACKGROUND_POLL_SECONDS,
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        chats=[list_entry(chat) for chat in chats],
        found=found,
        more=page is not None and page.next is not None,
        unread_chats=unread_chats(gateway, session, page) if session and page and not search else 0,
        search=search,
        new=new,
        notice=notice,
        draft=draft,
        limit=MAX_TEXT_CHARACTERS,
        receipts=session is None or reader.sends_receipts(request, session.id),
        open=open_chat(gateway, session, chat_id, chats, place, zone) if session and chat_id else NOTHING_OPEN,
    )


def _redirect(session_id: UUID, chat_id: UUID | None) -> Response:
    shown = {"session": session_id, **({"chat": chat_id} if chat_id else {})}
    return RedirectResponse(f"{PATH}/messaging?{urlencode(shown)}", 303)
