"""The event log over all sessions of a key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from functions.api.auth import ReaderDep
from functions.api.http.openapi_responses import problems
from functions.api.http.query import ids_in, words_in
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.events import EventLogPage
from functions.api.services import ServicesDep
from gateway.domain.events import EventType
from gateway.schemas import envelopes
from gateway.schemas.envelopes import Payload
from gateway.store import event_log
from gateway.store.event_log import EventFilter, Position

router = APIRouter(prefix="/events", tags=["events"], route_class=KeyedRoute)

_MAX_SESSIONS = 100


TypesQuery = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=500,
        description="Only of these types, separated by commas.",
        examples=["message.received,message.status"],
    ),
]


def types_in(types: str | None) -> list[EventType] | None:
    """Return the types that a query names; None where it names none. Raises InvalidInput."""
    return None if types is None else words_in("types", types, EventType)


def _filter(
    types: TypesQuery = None,
    session_ids: Annotated[
        str | None,
        Query(
            alias="sessionIds",
            min_length=1,
            max_length=4000,
            description=f"Only of these sessions, up to {_MAX_SESSIONS}, separated by commas.",
        ),
    ] = None,
) -> EventFilter:
    return EventFilter(
        types=types_in(types),
        session_ids=None if session_ids is None else ids_in("sessionIds", session_ids, _MAX_SESSIONS),
    )


FilterDep = Annotated[EventFilter, Depends(_filter)]


@router.get("", summary="Read the event log of all sessions", responses=problems(410))
def list_all_events(
    caller: ReaderDep,
    services: ServicesDep,
    only: FilterDep,
    after: Annotated[
        str,
        Query(
            max_length=64,
            description="`nextCursor` of the last answer, or the `id` of an event; `earliest`: all that are kept;"
            " `latest`: only those to come.",
        ),
    ] = "earliest",
    payload: Annotated[Payload, Query(description="`ids`: without contents of messages.")] = "full",
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 100,
) -> EventLogPage:
    """Oldest first, of every session that the key reaches; those who pass `nextCursor` on miss none and see none twice.

    Within a session the order is that of `seq`. Events are kept for a time: a cursor that is older is answered 410.
    """
    with services.database.transaction() as connection:
        if after == "latest":
            return EventLogPage.of([], str(event_log.latest(connection)))
        position = event_log.EARLIEST if after == "earliest" else Position.parse(after)
        found, position = event_log.read(connection, caller.reach, position, limit, only)
        return EventLogPage.of(envelopes.render(connection, found, payload), str(position))
