"""Messaging: chats, and the messages of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, field
from functions.explorer.pages import page
from functions.explorer.sessions import chosen
from functions.explorer.views import MessageView, SessionView, chat_title, snippet
from gateway.client import Chat, Gateway, Problem, Session, calls
from gateway.client import assistant as endpoints
from gateway.domain.errors import InvalidPhoneNumber
from gateway.domain.messages import MAX_TEXT_CHARACTERS
from gateway.domain.phone import parse_phone_number

router = APIRouter(prefix=PATH)

POLL_SECONDS = 2.0
CHATS_SHOWN = 50
MESSAGES_SHOWN = 40
NO_THREAD: dict[str, object] = {
    "chat": None, "unread": 0, "title": "", "number": None, "to": "", "messages": [], "older": None, "takeover": None,
}  # fmt: skip
Cursor = Annotated[str | None, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed."""

    to: str = ""
    text: str = ""


NOTHING = Draft()


@router.get("/messaging")
def show_messaging(
    request: Request,
    gateway: GatewayDep,
    session: UUID | None = None,
    chat: UUID | None = None,
    new: bool = False,
    search: Annotated[str, Query(max_length=100)] = "",
    before: Cursor = None,
) -> Response:
    """The chats of a session, and one of them."""
    return _show(request, gateway, session, chat, new=new, search=search, before=before)


@router.post("/sessions/{session_id}/messages")
def send_message(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Queue a text; the page shows what becomes of it."""
    to, text, key = field(form, "to"), field(form, "text"), field(form, "key")
    chat_id = UUID(field(form, "chat")) if field(form, "chat") else None
    try:
        sent = gateway.ask(calls.send(session_id, to, text.replace("\r\n", "\n"), wait=False, key=key or None))
        chat_id = gateway.ask(calls.message(session_id, sent.id)).chat_id
    except Problem as error:
        return _refused(request, gateway, session_id, chat_id, error, Draft(to, text))
    return _to_chat(session_id, chat_id)


@router.post("/sessions/{session_id}/messages/{message_id}/resend")
def resend_message(
    request: Request, gateway: GatewayDep, session_id: UUID, message_id: UUID, form: FormDep
) -> Response:
    """Queue a failed message again."""
    chat_id = gateway.ask(calls.message(session_id, message_id)).chat_id
    try:
        gateway.ask(calls.resend(session_id, message_id, wait=False))
    except Problem as error:
        return _refused(request, gateway, session_id, chat_id, error, NOTHING)
    return _to_chat(session_id, chat_id)


@router.post("/sessions/{session_id}/chats/{chat_id}/read")
def read_chat(request: Request, gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Send read receipts."""
    try:
        gateway.ask(calls.read_chat(session_id, chat_id))
    except Problem as error:
        return _refused(request, gateway, session_id, chat_id, error, NOTHING)
    return _to_chat(session_id, chat_id)


@router.post("/sessions/{session_id}/chats/{chat_id}/takeover")
def switch_takeover(gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Silence the assistant in a chat, or let it answer again."""
    call = endpoints.take_over if field(form, "taken_over") else endpoints.hand_back
    gateway.ask(call(session_id, chat_id))
    return _to_chat(session_id, chat_id)


@router.post("/number")
def check_number(form: FormDep) -> Response:
    """Whether a phone number can be one, while it is typed; not in the path, because paths are logged."""
    try:
        return JSONResponse({"number": parse_phone_number(field(form, "number"))})
    except InvalidPhoneNumber as error:
        return JSONResponse({"error": str(error)})


def _refused(
    request: Request, gateway: Gateway, session_id: UUID, chat_id: UUID | None, error: Problem, draft: Draft
) -> Response:
    """The page as it was, with what was typed and why it was refused."""
    if error.status >= 500 or error.status in (401, 404):
        raise error
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
    before: str | None = None,
    notice: str = "",
    draft: Draft = NOTHING,
    status: int = 200,
) -> Response:
    sessions = list(gateway.sessions())
    session = chosen(sessions, session_id)
    listed = gateway.ask(calls.chats(session.id, search=search or None, limit=CHATS_SHOWN)) if session else None
    chats = listed.items if listed else ()
    return page(
        request,
        "messaging.html",
        status=status,
        poll=POLL_SECONDS,
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        chats=[_listed(chat) for chat in chats],
        more=listed is not None and listed.next is not None,
        search=search,
        new=new,
        notice=notice,
        draft=draft,
        limit=MAX_TEXT_CHARACTERS,
        **_thread(gateway, session, chats, chat_id, before),
    )


def _listed(chat: Chat) -> dict[str, object]:
    return {"chat": chat, "title": chat_title(chat), "snippet": snippet(chat.last_message)}


def _thread(
    gateway: Gateway, session: Session | None, chats: tuple[Chat, ...], chat_id: UUID | None, before: str | None
) -> dict[str, object]:
    """The chat that is open and a page of its messages, oldest first."""
    if session is None or chat_id is None:
        return {
            "chat": None,
            "unread": 0,
            "title": "",
            "number": None,
            "to": "",
            "messages": [],
            "older": None,
            "takeover": None,
        }
    messages = gateway.ask(calls.messages(session.id, before, chat=chat_id, limit=MESSAGES_SHOWN))
    chat = next((each for each in chats if each.id == chat_id), None)
    last = messages.items[0] if messages.items else None
    name = chat_title(chat) if chat else (last and (last.chat_phone_number or last.remote_jid)) or "Chat"
    return {
        "chat": chat_id,
        "unread": chat.unread_count if chat else 0,
        "title": name,
        "number": chat.phone_number if chat else last and last.chat_phone_number,
        "to": chat.jid if chat else (last.remote_jid if last else ""),
        "messages": [MessageView(message) for message in reversed(messages.items)],
        "older": messages.next,
        "takeover": session.takeover(chat_id) if session.assistant().enabled else None,
    }


def _to_chat(session_id: UUID, chat_id: UUID) -> Response:
    return RedirectResponse(f"{PATH}/messaging?{urlencode({'session': session_id, 'chat': chat_id})}", 303)
