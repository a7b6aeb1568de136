"""Responses to sends: wait until WhatsApp has the message, or tell what is known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from functions.api.http.idempotency import mark_replayed
from functions.api.http.openapi_responses import LOCATION, Responses
from functions.api.http.problems import from_error
from functions.api.schemas.messages import AcceptedBody, SentBody
from functions.api.services import Services
from functions.api.settling import wake_and_wait
from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.domain.errors import FileRejected, NotOnWhatsApp, RefusedByWhatsApp, SendFailed
from gateway.domain.messages import MessageStatus
from gateway.domain.sessions import SessionState
from gateway.store import outgoing
from gateway.store.database import Connection
from gateway.store.outgoing import Send
from gateway.store.sessions import Session

SENDS: Responses = {
    201: {"model": SentBody, "headers": LOCATION, "description": "WhatsApp has the message."},
    202: {
        "model": AcceptedBody,
        "headers": LOCATION,
        "description": "Stored; it will be sent when the session is connected, or may have been sent (`unknown`).",
    },
}
_FILE_ERRORS = (CommandError.MEDIA_REJECTED, CommandError.NEEDS_TRANSCODING, CommandError.MEDIA_UNAVAILABLE)
_UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING)


async def _prefers_async(
    prefer: Annotated[
        list[str] | None,
        Header(alias="Prefer", description="`respond-async` answers at once.", examples=[["respond-async"]]),
    ] = None,
) -> bool:
    preferences = ",".join(prefer or []).split(",")
    return any(preference.partition(";")[0].strip().lower() == "respond-async" for preference in preferences)


PrefersAsyncDep = Annotated[bool, Depends(_prefers_async)]


async def respond_to_send(
    request: Request,
    services: Services,
    session: Session,
    message: Send,
    *,
    prefers_async: bool,
    replayed: bool = False,
) -> JSONResponse:
    """Wake the owner, and return what became of the message.

    Wait for that, unless the caller prefers not to, or the session is known not to be connected.
    """
    waits = not prefers_async and session.presented.state is SessionState.CONNECTED
    if waits:
        message = await wake_and_wait(
            services, session, message, _is_under_way, _read, services.send_estimate, _sent_as
        )
    response = _response(request, message, waited=not prefers_async)
    response.headers["Location"] = f"/sessions/{message.session_id}/messages/{message.id}"
    if not waits:
        heard = partial(services.settled_sends.hear_of, message.id)
        response.background = BackgroundTask(services.waking.wake_owner, session, heard)
    if prefers_async:
        response.headers["Preference-Applied"] = "respond-async"
    if replayed:
        mark_replayed(response)
    return response


def _is_under_way(message: Send) -> bool:
    return message.status in _UNDER_WAY


def _read(connection: Connection, message: Send) -> Send:
    return outgoing.read(connection, message.session_id, message.id)


def _sent_as(message: Send, whatsapp_id: str) -> Send:
    return replace(message, message_id=whatsapp_id, status=MessageStatus.SENT)


def _response(request: Request, message: Send, *, waited: bool) -> JSONResponse:
    status = MessageStatus(message.status)
    if status is MessageStatus.FAILED and waited:
        return _problem(request, message)
    if status in (*_UNDER_WAY, MessageStatus.UNKNOWN, MessageStatus.FAILED):
        return _json(202, AcceptedBody(id=message.id, message_id=message.message_id, status=status))
    return _json(201, SentBody(id=message.id, message_id=message.message_id))


def _problem(request: Request, message: Send) -> JSONResponse:
    if message.error == CommandError.NOT_ON_WHATSAPP:
        return from_error(request, NotOnWhatsApp(), id=str(message.id))
    error = CommandError(message.error) if message.error else CommandError.REFUSED
    detail = message.error_detail or ERROR_SENTENCES[error]
    if error is CommandError.REFUSED:
        return from_error(request, RefusedByWhatsApp(detail), id=str(message.id))
    if error in _FILE_ERRORS:
        return from_error(request, FileRejected(error, detail), id=str(message.id))
    return from_error(request, SendFailed(error, detail), id=str(message.id))


def _json(status: int, body: BaseModel) -> JSONResponse:
    return JSONResponse(body.model_dump(mode="json", by_alias=True, exclude_none=True), status)
