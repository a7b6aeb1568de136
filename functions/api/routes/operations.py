"""What was asked of WhatsApp beside messages."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from functions.api.auth import ReaderDep
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.operations import OperationBody
from functions.api.services import ServicesDep
from gateway.store import operations, sessions

router = APIRouter(prefix="/sessions/{session_id}/operations", tags=["groups"], route_class=KeyedRoute)


@router.get("/{operation_id}", summary="Read what was asked of WhatsApp", responses=problems(404))
def get_operation(session_id: UUID, operation_id: UUID, caller: ReaderDep, services: ServicesDep) -> OperationBody:
    """What became of a change that was answered with 202."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        return OperationBody.of(operations.get(connection, session.id, operation_id))
