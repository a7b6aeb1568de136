"""Who has a message that was sent."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from functions.api.auth import ReaderDep
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.receipts import ReceiptBody, ReceiptsBody
from functions.api.services import ServicesDep
from gateway.domain.errors import Conflict
from gateway.store import messages, receipts, sessions

router = APIRouter(prefix="/sessions/{session_id}/messages/{message_id}", tags=["messages"], route_class=KeyedRoute)


@router.get("/receipts", summary="List who has a message", responses=problems(404, 409))
def list_receipts(session_id: UUID, message_id: UUID, caller: ReaderDep, services: ServicesDep) -> ReceiptsBody:
    """Who of a group, or of a chat with one person, got, read and played a message that the number sent.

    Who hides what was read is never seen reading. 409 `not_sent_here` of a message that came in.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        message = messages.get(connection, session.id, message_id)
        if not message.from_me:
            raise Conflict("not_sent_here", "Only who sends a message gets receipts of it; this one came in.")
        return ReceiptsBody(receipts=[ReceiptBody.of(each) for each in receipts.of_message(connection, message)])
