"""What is done to a message from its menu."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from functions.explorer.acts import PINS, Act
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.composing import plain
from functions.explorer.messaging_page import redirect, show_refusal
from gateway.client import Problem, Sent, calls, send_calls
from gateway.client.calls import Call

router = APIRouter(prefix=PATH)

Name = Literal["react", "forward", "pin", "edit", "delete"]


@router.post("/sessions/{session_id}/messages/{message_id}/{name}")
def act_on_message(
    request: Request, gateway: GatewayDep, session_id: UUID, message_id: UUID, name: Name, form: FormDep
) -> Response:
    """Queue it, and show its chat: that of a forwarded message is the one where it went."""
    chat_id = gateway.ask(calls.message(session_id, message_id)).chat_id
    try:
        sent = gateway.ask(_call(session_id, message_id, name, form))
    except Problem as error:
        return show_refusal(request, gateway, session_id, chat_id, error, act=Act(name, message_id))
    if name == "forward":
        chat_id = gateway.ask(calls.message(session_id, sent.id)).chat_id
    return redirect(session_id, chat_id)


def _call(session_id: UUID, message_id: UUID, name: Name, form: FormData) -> Call[Sent]:
    match name:
        case "react":
            return send_calls.react(session_id, message_id, text_of(form, "emoji").strip() or None, wait=False)
        case "forward":
            return send_calls.send(session_id, {"to": text_of(form, "to"), "forwardOf": str(message_id)}, wait=False)
        case "pin":
            seconds = next((each for each in PINS if str(each) == text_of(form, "seconds")), 0)
            return send_calls.pin(session_id, message_id, seconds, wait=False)
        case "edit":
            return send_calls.edit(session_id, message_id, plain(form, "text"), wait=False)
        case "delete":
            return send_calls.delete(session_id, message_id, wait=False)
