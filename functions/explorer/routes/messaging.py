"""The Messaging tab: the chats of a session, and the messages of one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from functions.explorer import reader
from functions.explorer.acts import WRITING, ActDep
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, id_of, text_of
from functions.explorer.composing import act_of, body_of
from functions.explorer.conversation import Place
from functions.explorer.messaging_page import Draft, redirect, show, show_refusal
from functions.explorer.pages import wants_json
from functions.explorer.sessions import redirect_to_first
from gateway.client import Gateway, Problem, calls, send_calls
from gateway.client import assistant as endpoints
from gateway.domain.errors import InvalidPhoneNumber
from gateway.domain.phone import delivered_number, parse_phone_number

router = APIRouter(prefix=PATH)

Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/messaging")
def show_messaging(
    request: Request,
    gateway: GatewayDep,
    session: UUID | None = None,
    chat: UUID | None = None,
    new: bool = False,
    search: Annotated[str, Query(max_length=100)] = "",
    who: Annotated[str, Query(max_length=100)] = "",
    before: Cursor = None,
    at: UUID | None = None,
    act: ActDep = WRITING,
) -> Response:
    """Show the chats of a session and the messages of one.

    `before` is the cursor of a page of older ones, `at` a message that was found, `who` a contact that is looked for.
    """
    if session is None and (first := redirect_to_first(request, gateway)):
        return first
    where = Place(before, at)
    return show(request, gateway, session, chat, new=new, search=search, who=who.strip(), place=where, act=act)


@router.post("/sessions/{session_id}/messages")
def send_message(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Queue a message of any kind; the page polls for its status. A script is told the ids, or why it was refused."""
    key = text_of(form, "key")
    chat_id = id_of(form, "chat") if text_of(form, "chat") else None
    try:
        sent = gateway.ask(send_calls.send(session_id, body_of(form), wait=False, key=key or None))
        chat_id = gateway.ask(calls.message(session_id, sent.id)).chat_id
    except Problem as error:
        draft = Draft(text_of(form, "to"), text_of(form, "text"))
        return show_refusal(request, gateway, session_id, chat_id, error, draft, act_of(form))
    if wants_json(request):
        return JSONResponse({"message": str(sent.id), "chat": str(chat_id)})
    return redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/messages/{message_id}/resend")
def resend_message(
    request: Request, gateway: GatewayDep, session_id: UUID, message_id: UUID, form: FormDep
) -> Response:
    """Queue a message again that failed; where the form says so, one that may have been sent."""
    chat_id = gateway.ask(calls.message(session_id, message_id)).chat_id
    try:
        gateway.ask(send_calls.resend(session_id, message_id, wait=False, force="force" in form))
    except Problem as error:
        return show_refusal(request, gateway, session_id, chat_id, error)
    return redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/chats/{chat_id}/read")
def read_chat(request: Request, gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Mark a chat as read, and tell so to who wrote unless this person does not want it."""
    try:
        receipts = reader.sends_receipts(request, session_id)
        gateway.ask(calls.read_chat(session_id, chat_id, receipts=receipts))
    except Problem as error:
        return show_refusal(request, gateway, session_id, chat_id, error)
    return redirect(session_id, chat_id)


@router.post("/sessions/{session_id}/receipts")
def switch_receipts(request: Request, session_id: UUID, form: FormDep) -> Response:
    """Tell those who wrote, or do not tell them, when this person reads."""
    response = redirect(session_id, id_of(form, "chat") if text_of(form, "chat") else None)
    reader.set_receipts(response, request, session_id, on=bool(text_of(form, "on")))
    return response


@router.post("/sessions/{session_id}/chats/{chat_id}/takeover")
def switch_takeover(gateway: GatewayDep, session_id: UUID, chat_id: UUID, form: FormDep) -> Response:
    """Silence the assistant in a chat, or let it answer there again."""
    call = endpoints.take_over if text_of(form, "taken_over") else endpoints.hand_back
    gateway.ask(call(session_id, chat_id))
    return redirect(session_id, chat_id)


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
