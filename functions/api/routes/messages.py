"""Messages: send, read, send again."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from functions.api import albums, files
from functions.api.auth import ReaderDep, SenderDep
from functions.api.chat_lookup import filtered_chat
from functions.api.composing import compose, compose_album, compose_file, validate
from functions.api.http.context import request_context
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep
from functions.api.http.routing import FileRoute
from functions.api.message_pages import page_of_chat, page_of_session
from functions.api.message_query import MessageFilterDep
from functions.api.queueing import SendRequest, SendRequestDep, Wanted, queue_and_respond, would_queue
from functions.api.recipients import number_of, recipient_of
from functions.api.schemas.actions import ResendMessage
from functions.api.schemas.files import SendAlbum, SendFile
from functions.api.schemas.kinds import SendMessage, SendText
from functions.api.schemas.messages import MessageDetail, MessagePage
from functions.api.sending import SENDS, PrefersAsyncDep, respond_to_send
from functions.api.services import Services, ServicesDep
from gateway.callers import Caller
from gateway.domain.links import LinkPreview
from gateway.schemas.messages import MessageBody
from gateway.schemas.related import related_to
from gateway.store import messages, outgoing, sessions
from gateway.store.database import Connection
from gateway.store.messages import Message
from gateway.store.outgoing import Send
from gateway.store.sessions import Session

router = APIRouter(prefix="/sessions/{session_id}/messages", tags=["messages"], route_class=FileRoute)


@router.post(
    "",
    status_code=201,
    response_model=None,
    summary="Send a message",
    responses={**SENDS, **problems(404, 409, 502, body=True)},
)
async def send_message(
    session_id: UUID,
    body: SendMessage,
    caller: SenderDep,
    sending: SendRequestDep,
) -> JSONResponse:
    """Answers when WhatsApp has the message, or after a bounded wait with what is known.

    Without a `type` it is a text; with `forwardOf` alone, a message that is sent on.
    """
    if isinstance(body, SendFile):
        return await _send_file(sending, caller, session_id, body)
    if isinstance(body, SendAlbum):
        return await _send_album(sending, caller, session_id, body)
    validate(body)

    def wanted(connection: Connection, session_id: UUID, preview: LinkPreview | None = None) -> Wanted:
        to = recipient_of(connection, session_id, body.to)
        return compose(connection, session_id, to, body, preview)

    previews = sending.services.link_previews
    link = previews.link_of(body.text) if isinstance(body, SendText) and body.link_preview else None
    # What is refused, or was sent before, has no page fetched.
    if link and await would_queue(sending, caller, session_id, body, wanted):
        wanted = partial(wanted, preview=await previews.of(link))
    return await queue_and_respond(sending, caller, session_id, body, wanted, person=number_of(body.to))


async def _send_file(sending: SendRequest, caller: Caller, session_id: UUID, body: SendFile) -> JSONResponse:
    files.validate(body)
    services = sending.services
    taken_in = await run_in_threadpool(files.take_in_bytes, services, caller, session_id, body)

    def wanted(connection: Connection, session_id: UUID) -> Wanted:
        to = recipient_of(connection, session_id, body.to)
        found = files.find(connection, services, session_id, body, taken_in)
        return compose_file(connection, session_id, to, body, found)

    return await queue_and_respond(sending, caller, session_id, body, wanted, replay_first=True)


async def _send_album(sending: SendRequest, caller: Caller, session_id: UUID, body: SendAlbum) -> JSONResponse:
    albums.validate(body)
    services = sending.services
    taken_in = await run_in_threadpool(albums.take_in_bytes, services, caller, session_id, body)

    def wanted(connection: Connection, session_id: UUID) -> Wanted:
        to = recipient_of(connection, session_id, body.to)
        found = albums.find(connection, services, session_id, body, taken_in)
        return compose_album(connection, session_id, to, body, found)

    return await queue_and_respond(sending, caller, session_id, body, wanted, replay_first=True)


@router.get("", summary="List messages", responses=problems(404))
def list_messages(
    session_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    only: MessageFilterDep,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
    chat: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=128,
            description="Only of this chat: its id, a phone number or a JID.",
            examples=["+4915112345678"],
        ),
    ] = None,
) -> MessagePage:
    """Newest first.

    With `chat` they are in the order of WhatsApp's time, within a second in that in which they were stored; all of a
    session are in the order in which they were stored, where one that WhatsApp delivered late stands among newer ones.
    Either way a cursor skips and repeats nothing.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        if chat:
            found = filtered_chat(connection, session.id, chat)
            page, next_cursor = page_of_chat(connection, found, only, cursor, limit)
        else:
            page, next_cursor = page_of_session(connection, session.id, None, only, cursor, limit)
        return MessagePage(messages=_bodies(connection, page), next_cursor=next_cursor)


@router.get("/{message_id}", summary="Read a message", responses=problems(404))
def get_message(session_id: UUID, message_id: UUID, caller: ReaderDep, services: ServicesDep) -> MessageDetail:
    """A message with the times of its life."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        message = messages.get(connection, session.id, message_id)
        return MessageDetail.of(message, related_to(connection, [message]))


@router.post(
    "/{message_id}/resend",
    status_code=201,
    response_model=None,
    summary="Send a failed message again",
    responses={**SENDS, **problems(404, 409, 502, body=True)},
)
async def resend_message(
    session_id: UUID,
    message_id: UUID,
    request: Request,
    caller: SenderDep,
    services: ServicesDep,
    prefers_async: PrefersAsyncDep,
    body: ResendMessage | None = None,
) -> JSONResponse:
    """Answers as sending does. Only a message that failed was surely not sent, so only such a one is sent again.

    One that is `unknown` (409 `outcome_unknown`) is sent again with `force`: who reads it may then get it twice.
    """
    correlation_id = request_context(request.scope).request_id
    force = body is not None and body.force
    session, message = await run_in_threadpool(
        _requeue, services, caller, session_id, message_id, correlation_id, force=force
    )
    return await respond_to_send(request, services, session, message, prefers_async=prefers_async)


def _requeue(
    services: Services, caller: Caller, session_id: UUID, message_id: UUID, correlation_id: str, *, force: bool
) -> tuple[Session, Send]:
    with services.database.transaction() as connection:
        session = sessions.lock(connection, caller.reach, session_id)
        expiry = services.settings.command_expiry_seconds
        return session, outgoing.resend(
            connection, session, message_id, services.pacing, expiry, correlation_id, force=force
        )


def _bodies(connection: Connection, found: list[Message]) -> list[MessageBody]:
    related = related_to(connection, found)
    return [MessageBody.of(message, related) for message in found]
