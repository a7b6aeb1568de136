"""What is done to a message: edit, delete, react, pin. Each is a message of its own, and is sent as any other."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from functions.api.auth import SenderDep
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.queueing import SendRequestDep, Wanted, queue_and_respond
from functions.api.schemas.actions import EditMessage, PinMessage, React
from functions.api.sending import SENDS
from functions.api.targets import find_target
from gateway.domain.actions import deletable_seconds, require_deletable, require_editable
from gateway.domain.messages import validate_text
from gateway.domain.outbound import Deletion, Edit, Pinning, Reaction
from gateway.schemas.base import RequestBody
from gateway.store import groups
from gateway.store.database import Connection

router = APIRouter(prefix="/sessions/{session_id}/messages/{message_id}", tags=["messages"], route_class=KeyedRoute)

_SENDS_BODY = {**SENDS, **problems(404, 409, 502, body=True)}
_SENDS_NOTHING = {**SENDS, **problems(404, 409, 502)}


@router.patch("", status_code=201, response_model=None, summary="Edit a message", responses=_SENDS_BODY)
async def edit_message(
    session_id: UUID, message_id: UUID, body: EditMessage, caller: SenderDep, sending: SendRequestDep
) -> JSONResponse:
    """Changes the text of an own message, or the caption of its file, for everyone.

    For 15 minutes after it was sent; then 409 `edit_window_over`. Answers as sending does, with the id of the edit: the
    message itself changes when WhatsApp has it.
    """
    text = validate_text(body.text)

    def compose(connection: Connection, session_id: UUID) -> Wanted:
        found = find_target(connection, session_id, message_id)
        message = found.message
        left = require_editable(message.message_type, from_me=message.from_me, sent_at=found.sent_at)
        return Wanted(found.to, Edit(found.target, text, message.message_type), within_seconds=left)

    return await queue_and_respond(sending, caller, session_id, body, compose)


@router.delete("", status_code=201, response_model=None, summary="Delete a message", responses=_SENDS_NOTHING)
async def delete_message(
    session_id: UUID, message_id: UUID, caller: SenderDep, sending: SendRequestDep
) -> JSONResponse:
    """Deletes a message for everyone: an own one, or another's where the number is an admin of the group.

    For 60 hours after it was sent; then 409 `delete_window_over`. Answers as sending does, with the id of the deletion:
    the message itself is emptied when WhatsApp has it.
    """

    def compose(connection: Connection, session_id: UUID) -> Wanted:
        found = find_target(connection, session_id, message_id)
        message = found.message
        if not message.from_me:
            is_admin = groups.is_admin(connection, message.chat_id)
            require_deletable(message.chat_kind, is_admin=is_admin)
        return Wanted(found.to, Deletion(found.target), within_seconds=deletable_seconds(found.sent_at))

    return await queue_and_respond(sending, caller, session_id, RequestBody(), compose)


@router.post("/reactions", status_code=201, response_model=None, summary="React to a message", responses=_SENDS_BODY)
async def react_to_message(
    session_id: UUID, message_id: UUID, body: React, caller: SenderDep, sending: SendRequestDep
) -> JSONResponse:
    """Marks a message with an emoji, in place of an earlier one; nothing or null takes it back.

    Answers as sending does, with the id of the reaction, which is a message of its own.
    """

    def compose(connection: Connection, session_id: UUID) -> Wanted:
        found = find_target(connection, session_id, message_id)
        return Wanted(found.to, Reaction(found.target, body.emoji or ""))

    return await queue_and_respond(sending, caller, session_id, body, compose)


@router.post("/pin", status_code=201, response_model=None, summary="Pin a message", responses=_SENDS_BODY)
async def pin_message(
    session_id: UUID, message_id: UUID, body: PinMessage, caller: SenderDep, sending: SendRequestDep
) -> JSONResponse:
    """Pins a message at the top of its chat, for all who are in it. Answers as sending does."""
    return await _pin(session_id, message_id, body, body.seconds, caller, sending)


@router.delete("/pin", status_code=201, response_model=None, summary="Unpin a message", responses=_SENDS_NOTHING)
async def unpin_message(session_id: UUID, message_id: UUID, caller: SenderDep, sending: SendRequestDep) -> JSONResponse:
    """Ends that a message is pinned, for all. Answers as sending does."""
    return await _pin(session_id, message_id, RequestBody(), 0, caller, sending)


async def _pin(
    session_id: UUID, message_id: UUID, body: RequestBody, seconds: int, caller: SenderDep, sending: SendRequestDep
) -> JSONResponse:
    def compose(connection: Connection, session_id: UUID) -> Wanted:
        found = find_target(connection, session_id, message_id)
        return Wanted(found.to, Pinning(found.target, seconds))

    return await queue_and_respond(sending, caller, session_id, body, compose)
