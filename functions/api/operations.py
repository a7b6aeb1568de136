"""Asks WhatsApp for something beside messages, and responds with what became of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from functions.api.http.context import request_context
from functions.api.http.idempotency import Idempotency, mark_replayed
from functions.api.http.openapi_responses import LOCATION, Responses, problems
from functions.api.http.problems import from_error
from functions.api.queueing import SendRequest
from functions.api.schemas.operations import OperationBody
from functions.api.services import ServicesDep
from functions.api.settling import wake_and_wait
from gateway.callers import Caller
from gateway.domain.commands import CommandError, CommandStatus
from gateway.domain.errors import Conflict, OperationFailed, OperationRefused
from gateway.domain.operations import Operation, Refusal
from gateway.domain.sessions import SessionState
from gateway.schemas.base import RequestBody
from gateway.store import operations, sessions
from gateway.store.database import Connection
from gateway.store.operations import Asked
from gateway.store.sessions import Session

_UNDER_WAY = (CommandStatus.QUEUED, CommandStatus.RUNNING)
_UNFIT_PICTURES = (CommandError.MEDIA_REJECTED, CommandError.MEDIA_UNAVAILABLE)
_LINK_REFUSALS = (Refusal.INVITE_INVALID, Refusal.INVITE_REVOKED)


async def _looking(request: Request, services: ServicesDep) -> SendRequest:
    return SendRequest(request, services, Idempotency(None, request.method, request.url.path), prefers_async=False)


# Of a request that only reads.
LookDep = Annotated[SendRequest, Depends(_looking)]

# May be called again, with another connection.
Composer: TypeAlias = Callable[[Connection, UUID], Operation]
# Makes the body of an operation that is done.
Reader: TypeAlias = Callable[[Connection, Asked], BaseModel | None]


def asks(status: int, model: type[BaseModel] | None, *, body: bool = False) -> Responses:
    """Describe the responses of what asks WhatsApp and waits for its answer."""
    done = {"description": "It is done."} | ({"model": model} if model else {})
    waits = "It will be done when the session is connected, within two minutes, or may have been done (`unknown`)."
    accepted = {"model": OperationBody, "headers": LOCATION, "description": waits}
    return {status: done, 202: accepted, **problems(404, 409, 502, body=body)}


async def ask_and_respond(
    asking: SendRequest,
    caller: Caller,
    session_id: UUID,
    body: RequestBody,
    compose: Composer,
    read: Reader,
    *,
    status: int = 200,
) -> Response:
    """Ask for what is composed, and respond with what `read` makes of it once it is done, or with what is known."""
    session, asked, replayed = await ask(asking, caller, session_id, body, compose)
    if asked.status != CommandStatus.DONE:
        response = _unfinished(asking, asked)
    else:
        made = await run_in_threadpool(asking.services.database.ask, lambda connection: read(connection, asked))
        response = _json(status, made) if made is not None else Response(status_code=204)
    if asked.status in _UNDER_WAY:
        wake = asking.services.notifier.wake_owner
        response.background = BackgroundTask(wake, session.shard, session.id)
    if asking.prefers_async:
        response.headers["Preference-Applied"] = "respond-async"
    if replayed:
        mark_replayed(response)
    return response


async def ask(
    asking: SendRequest, caller: Caller, session_id: UUID, body: RequestBody, compose: Composer
) -> tuple[Session, Asked, bool]:
    """Queue what is composed, and wait for it where its session is connected.

    Return also whether it is what an earlier request asked for.
    """
    fingerprint = asking.idempotency.fingerprint(body)
    queue = partial(_queue, asking, caller, session_id, fingerprint, compose)
    session, asked, replayed = await run_in_threadpool(asking.services.database.run, queue)
    if not asking.prefers_async and session.presented.state is SessionState.CONNECTED:
        services = asking.services
        asked = await wake_and_wait(services, session, asked, _is_under_way, _read, services.operation_estimate)
    return session, asked, replayed


def only(operation: Operation) -> Composer:
    """Return what composes this operation, whatever the rows say."""
    return lambda _connection, _session_id: operation


async def read_at_whatsapp(looking: SendRequest, caller: Caller, session: Session, compose: Composer) -> None:
    """Have WhatsApp asked for what only reads. Raises Conflict while it cannot answer, OperationFailed."""
    if session.presented.state is not SessionState.CONNECTED:
        raise Conflict("not_connected", "WhatsApp has to be asked for this, and the session is not connected.")
    _, asked, _ = await ask(looking, caller, session.id, RequestBody(), compose)
    if asked.status == CommandStatus.FAILED:
        raise failure_of(asked)
    if asked.status != CommandStatus.DONE:
        raise Conflict("not_answered", "WhatsApp has not answered yet; try again shortly.")


def _queue(
    asking: SendRequest,
    caller: Caller,
    session_id: UUID,
    fingerprint: bytes | None,
    compose: Composer,
    connection: Connection,
) -> tuple[Session, Asked, bool]:
    session = sessions.lock(connection, caller.reach, session_id)
    asked, replayed = operations.request(
        connection,
        session,
        compose(connection, session.id),
        key=asking.idempotency.key,
        fingerprint=fingerprint,
        correlation_id=request_context(asking.request.scope).request_id,
    )
    return session, asked, replayed


def _is_under_way(asked: Asked) -> bool:
    return asked.status in _UNDER_WAY


def _read(connection: Connection, asked: Asked) -> Asked:
    return operations.get(connection, asked.session_id, asked.id)


def _unfinished(asking: SendRequest, asked: Asked) -> Response:
    if asked.status == CommandStatus.FAILED:
        return from_error(
            asking.request, failure_of(asked), id=str(asked.id), changed=(asked.result or {}).get("changed")
        )
    response = _json(202, OperationBody.of(asked))
    response.headers["Location"] = f"/sessions/{asked.session_id}/operations/{asked.id}"
    return response


def failure_of(asked: Asked) -> OperationFailed:
    """Return the error of an operation that was not done."""
    reason, detail = asked.error or "", asked.error_detail or ""
    if reason in _UNFIT_PICTURES:
        return OperationRefused(reason, detail, "picture")
    if reason not in list(Refusal):
        return OperationFailed(reason, detail)
    field = "link" if reason in _LINK_REFUSALS else (asked.result or {}).get("refused")
    return OperationRefused(reason, detail, field)


def _json(status: int, body: BaseModel) -> JSONResponse:
    return JSONResponse(body.model_dump(mode="json", by_alias=True), status)
