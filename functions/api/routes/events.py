"""The event log of a session, for pollers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from functions.api.auth import ReaderDep
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.events import EventPage
from functions.api.services import ServicesDep
from gateway.schemas import envelopes
from gateway.schemas.envelopes import Payload
from gateway.store import events, sessions

router = APIRouter(prefix="/sessions/{session_id}/events", tags=["events"], route_class=KeyedRoute)

_MAX_SEQ = 2**63 - 1


@router.get("", summary="Read the event log", responses=problems(404))
def list_events(
    session_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    after: Annotated[int, Query(ge=0, le=_MAX_SEQ, description="`nextAfter` of the last answer.")] = 0,
    payload: Annotated[Payload, Query(description="`ids`: without contents of messages.")] = "full",
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 100,
) -> EventPage:
    """Oldest first, after a sequence number: session states, messages in, the life of messages out."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        found = events.after(connection, session.id, after, limit)
        next_after = found[-1].seq if found else after
        return EventPage.of(envelopes.render(connection, found, payload), next_after)
