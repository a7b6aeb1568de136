"""After how long messages of a chat disappear."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from functions.api.auth import SenderDep
from functions.api.chat_lookup import named_chat
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.queueing import SendRequestDep, Wanted, queue_and_respond
from functions.api.routes.chats import ChatPath
from functions.api.schemas.chats import SetDisappearing
from functions.api.sending import SENDS
from gateway.domain.content import Timer
from gateway.domain.errors import Conflict
from gateway.domain.phone import Address
from gateway.store.database import Connection

router = APIRouter(prefix="/sessions/{session_id}/chats/{chat}", tags=["chats"], route_class=KeyedRoute)


@router.put(
    "/disappearing",
    status_code=201,
    response_model=None,
    summary="Let messages to a person disappear",
    responses={**SENDS, **problems(404, 409, 502, body=True)},
)
async def change_disappearing(
    session_id: UUID,
    chat: ChatPath,
    body: SetDisappearing,
    caller: SenderDep,
    sending: SendRequestDep,
) -> JSONResponse:
    """Says to the others after how long messages of the chat disappear from now on; 0 ends that.

    Answers as sending does. What is sent from here carries the chat's time by itself, also where others set it. Of a
    group it is a setting, not a message: `PATCH …/groups/{group}` has it as `disappearingSeconds`, this is 409
    `group_setting`. Channels and broadcast lists have none: 409 `no_timer`.
    """

    def compose(connection: Connection, session_id: UUID) -> Wanted:
        found = named_chat(connection, session_id, chat)
        if found.kind == "group":
            raise Conflict("group_setting", "It is a setting of the group: PATCH it there, as `disappearingSeconds`.")
        if found.kind != "user":
            raise Conflict("no_timer", "Only in groups and chats with one person messages disappear.")
        return Wanted(Address(found.lid, found.phone_number), Timer(seconds=body.seconds))

    return await queue_and_respond(sending, caller, session_id, body, compose)
