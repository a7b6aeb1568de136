"""Streams of events, over all sessions of a key and of one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from functions.api.auth import TOKEN_PARAMETER, ReaderDep
from functions.api.event_stream import ENDED, MEDIA_TYPE, EventStream, Wanted
from functions.api.http.openapi_responses import Responses, problems
from functions.api.http.routing import KeyedRoute
from functions.api.routes.event_log import FilterDep, TypesQuery, types_in
from functions.api.services import Services, ServicesDep
from gateway.callers import Caller
from gateway.schemas.envelopes import Payload
from gateway.store import event_log, sessions
from gateway.store.event_log import EventFilter, Position

router = APIRouter(tags=["events"], route_class=KeyedRoute)

PayloadQuery = Annotated[Payload, Query(description="`ids`: without contents of messages.")]
_RESPONSES: Responses = {
    200: {
        "description": f"Server-sent events: `id` is the cursor of what comes after it, `event` the type, `data` one of"
        " `AnyEvent` as JSON. A message may have an `id` alone, and comments keep the connection open."
        f" `{ENDED}` comes last where the stream cannot be opened again as it was: its `data` are `code` and `detail`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def _start(
    after: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Where to begin: `latest` (the default): only what is to come; `earliest`: all that are kept;"
            " or a cursor: the `id` of an event, or `nextCursor` of `GET /events`.",
        ),
    ] = None,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=64,
            description="The last `id` that came: goes before `after`. Browsers send it when they come back.",
        ),
    ] = None,
    _token: Annotated[
        str | None,
        Query(
            alias=TOKEN_PARAMETER,
            max_length=8000,
            pattern=r"^[A-Za-z0-9._-]+$",
            description="A token of `POST /tokens`, where headers cannot be sent; never a key.",
        ),
    ] = None,
) -> Position | None:
    """Return where to begin; None: with what is to come. Raises InvalidInput."""
    if last_event_id:
        return Position.parse(last_event_id, "Last-Event-ID")
    if after is None or after == "latest":
        return None
    return event_log.EARLIEST if after == "earliest" else Position.parse(after)


StartDep = Annotated[Position | None, Depends(_start)]


@router.get(
    "/events/stream",
    summary="Follow the events of all sessions",
    response_class=StreamingResponse,
    responses={**_RESPONSES, **problems(410)},
)
async def follow_all_events(
    request: Request,
    caller: ReaderDep,
    services: ServicesDep,
    only: FilterDep,
    start: StartDep,
    payload: PayloadQuery = "full",
) -> StreamingResponse:
    """The log of `GET /events` as it grows. Behind Lambda an answer ends after at most 20 s, and at once with events.

    Clients come back by themselves with the last `id`, so that nothing is missed either way.
    """
    return await _opened(request, services, caller, Wanted(only, payload), start)


@router.get(
    "/sessions/{session_id}/events/stream",
    summary="Follow the events of a session",
    response_class=StreamingResponse,
    responses={**_RESPONSES, **problems(404, 410)},
)
async def follow_events(
    session_id: UUID,
    request: Request,
    caller: ReaderDep,
    services: ServicesDep,
    start: StartDep,
    types: TypesQuery = None,
    payload: PayloadQuery = "full",
) -> StreamingResponse:
    """As `GET /events/stream`, of one session: it ends when that is deleted. Cursors are those of `GET /events`."""
    only = EventFilter(types=types_in(types), session_ids=[session_id])
    return await _opened(request, services, caller, Wanted(only, payload, session_id), start)


async def _opened(
    request: Request, services: Services, caller: Caller, wanted: Wanted, start: Position | None
) -> StreamingResponse:
    position = await run_in_threadpool(_position, services, caller, wanted, start)
    stream = EventStream(services, caller, wanted, position, is_buffered="aws.event" in request.scope)
    # Proxies such as nginx would hold it back otherwise.
    return StreamingResponse(stream.chunks(), media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})


def _position(services: Services, caller: Caller, wanted: Wanted, start: Position | None) -> Position:
    """Return where to begin. Raises CursorExpired, and NotFound for a session that is not there."""
    with services.database.transaction() as connection:
        if wanted.session_id is not None:
            sessions.get(connection, caller.reach, wanted.session_id)
        if start is None:
            return event_log.latest(connection)
        event_log.require_kept(connection, start)
        return start
