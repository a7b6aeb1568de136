"""Typing and presence: shown to others, and asked of them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request, Response

from functions.api.auth import ReaderDep, SenderDep
from functions.api.chat_lookup import named_chat
from functions.api.http.context import request_context
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.operations import ask_and_respond, asks
from functions.api.queueing import SendRequestDep
from functions.api.routes.chats import ChatPath
from functions.api.schemas.presence import PresenceBody, ShowTyping, TypingAccepted, WatchPresence
from functions.api.services import ServicesDep
from gateway.domain import operations
from gateway.domain.commands import CommandKind
from gateway.domain.errors import Conflict
from gateway.domain.operations import Operation
from gateway.domain.presence import PresenceSetting, typing_payload
from gateway.schemas.base import RequestBody
from gateway.store import commands, presences, sessions
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.operations import Asked

router = APIRouter(prefix="/sessions/{session_id}/chats/{chat}", tags=["chats"], route_class=KeyedRoute)

# Later nobody would believe it any more.
_TYPING_EXPIRES_SECONDS = 10.0
_KINDS_TO_TYPE_IN = ("user", "group")


@router.post("/typing", status_code=202, summary="Show that the number types", responses=problems(404, 409, body=True))
def show_typing(
    session_id: UUID,
    chat: ChatPath,
    body: ShowTyping,
    request: Request,
    caller: SenderDep,
    services: ServicesDep,
    background: BackgroundTasks,
) -> TypingAccepted:
    """Shows "typing…" or "recording…" in the chat, or ends it; a message that is sent ends it, too.

    Whatever the session's `presence` is. 409 `no_typing` where nobody would see it: channels, lists, status posts.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        found = named_chat(connection, session.id, chat)
        if found.kind not in _KINDS_TO_TYPE_IN:
            raise Conflict("no_typing", "Only in groups and chats with one person others see who types.")
        sessions.require_can_send(session)
        commands.enqueue(
            connection,
            session,
            CommandKind.TYPING,
            typing_payload(found.id, body.state),
            expires_seconds=_TYPING_EXPIRES_SECONDS,
            correlation_id=request_context(request.scope).request_id,
        )
    background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return TypingAccepted()


@router.post(
    "/presence",
    response_model=None,
    summary="Watch whether somebody is online",
    responses=asks(200, PresenceBody, body=True),
)
async def watch_presence(
    session_id: UUID, chat: ChatPath, caller: SenderDep, asking: SendRequestDep, body: WatchPresence | None = None
) -> Response:
    """Tells for some minutes, by `contact.presence`, when the person of the chat comes online and goes.

    WhatsApp tells it only to who is available: the session is meanwhile, where it is not always. 409 `presence_off`
    where the session's `presence` is `off`, `no_presence` where the chat is not with one person.
    """
    wanted = body or WatchPresence()

    def compose(connection: Connection, session_id: UUID) -> Operation:
        found = _person(connection, session_id, chat)
        if sessions.get(connection, caller.reach, session_id).presence == PresenceSetting.OFF:
            raise Conflict("presence_off", "The session is never available: set its `presence` to `on_request` first.")
        return operations.WatchPresence(str(found.id), wanted.minutes)

    return await ask_and_respond(asking, caller, session_id, wanted, compose, _read)


@router.delete(
    "/presence",
    response_model=None,
    summary="Watch somebody no longer",
    responses=asks(200, PresenceBody),
)
async def unwatch_presence(session_id: UUID, chat: ChatPath, caller: SenderDep, asking: SendRequestDep) -> Response:
    """Ends a watch before its time; with the last one a session that is available `on_request` is it no more."""

    def compose(connection: Connection, session_id: UUID) -> Operation:
        return operations.UnwatchPresence(str(_person(connection, session_id, chat).id))

    return await ask_and_respond(asking, caller, session_id, RequestBody(), compose, _read)


@router.get("/presence", summary="Read what is known of somebody's presence", responses=problems(404, 409))
def get_presence(session_id: UUID, chat: ChatPath, caller: ReaderDep, services: ServicesDep) -> PresenceBody:
    """As WhatsApp told it last, while somebody asked for it; all is null of whom nobody asked for."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        found = _person(connection, session.id, chat)
        return PresenceBody.of(found.id, presences.find(connection, found.id))


def _person(connection: Connection, session_id: UUID, text: str) -> Chat:
    """Return the chat with one person that a path names. Raises NotFound, Conflict."""
    found = named_chat(connection, session_id, text)
    if found.kind != "user":
        raise Conflict("no_presence", "Only people are online: name a chat with one person.")
    return found


def _read(connection: Connection, asked: Asked) -> PresenceBody:
    chat_id = UUID((asked.result or {})["chatId"])
    return PresenceBody.of(chat_id, presences.find(connection, chat_id))
