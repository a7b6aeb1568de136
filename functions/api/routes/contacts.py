"""Contacts: list, read, block; and numbers: whether they are on WhatsApp."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from functions.api import contacts
from functions.api.auth import ReaderDep, SenderDep
from functions.api.http import pagination
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.operations import LookDep, ask_and_respond, asks
from functions.api.queueing import SendRequest, SendRequestDep
from functions.api.schemas.contacts import (
    BlockedBody,
    CheckedNumbers,
    CheckNumbers,
    ContactBody,
    ContactPage,
    NumberBody,
)
from gateway.callers import Caller
from gateway.domain import operations
from gateway.domain.operations import Operation
from gateway.schemas.base import RequestBody
from gateway.store import contact_pages
from gateway.store.database import Connection
from gateway.store.operations import Asked

router = APIRouter(prefix="/sessions/{session_id}", tags=["contacts"], route_class=KeyedRoute)

ContactPath = Annotated[
    str,
    Path(
        max_length=128, description="A phone number, a LID, a JID, or the id of the chat.", examples=["+4915112345678"]
    ),
]
_CURSOR = "contacts"


@router.get("/contacts", summary="List contacts", responses=problems(404, 409, 502))
async def list_contacts(
    session_id: UUID,
    caller: ReaderDep,
    looking: LookDep,
    search: Annotated[
        str | None,
        Query(
            max_length=100, pattern=r"^[^\x00]*$", description="Part of a name or phone number, however it is written."
        ),
    ] = None,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
) -> ContactPage:
    """Who is in the phone's address book, and who wrote or was written to.

    The address book is read again where that was a minute ago and the session is connected.
    """
    after = pagination.decode_text_and_id(_CURSOR, cursor)
    # A plus sign that was not encoded comes as a blank.
    wanted = search.strip() if search else None
    session = await contacts.read_lists(looking, caller, session_id)
    rows = await run_in_threadpool(
        looking.services.database.ask,
        lambda connection: contact_pages.page(connection, session.id, wanted, after, limit + 1),
    )
    page, next_cursor = paginate(rows, limit, lambda contact: pagination.encode(_CURSOR, contact.sort_key, contact.id))
    return ContactPage(contacts=[ContactBody.of(contact) for contact in page], next_cursor=next_cursor)


@router.get("/contacts/{contact}", summary="Read a contact", responses=problems(404, 409, 502))
async def get_contact(session_id: UUID, contact: ContactPath, caller: ReaderDep, looking: LookDep) -> ContactBody:
    """With the picture, for which WhatsApp is asked where that was a day ago, or it has changed since."""
    return ContactBody.of(await contacts.read_one(looking, caller, session_id, contact))


@router.put("/contacts/{contact}/block", response_model=None, summary="Block", responses=asks(200, ContactBody))
async def block_contact(session_id: UUID, contact: ContactPath, caller: SenderDep, asking: SendRequestDep) -> Response:
    """Who is blocked reaches the number no more, and is not told; it need not be a contact."""
    return await _block(asking, caller, session_id, contact, blocked=True)


@router.delete("/contacts/{contact}/block", response_model=None, summary="Unblock", responses=asks(200, ContactBody))
async def unblock_contact(
    session_id: UUID, contact: ContactPath, caller: SenderDep, asking: SendRequestDep
) -> Response:
    """What was sent meanwhile does not come later."""
    return await _block(asking, caller, session_id, contact, blocked=False)


async def _block(asking: SendRequest, caller: Caller, session_id: UUID, contact: str, *, blocked: bool) -> Response:
    def compose(connection: Connection, session_id: UUID) -> Operation:
        return operations.ChangeBlock(contacts.jid_of(connection, session_id, contact), blocked)

    def read(connection: Connection, asked: Asked) -> ContactBody:
        chat_id = UUID((asked.result or {})["chatId"])
        return ContactBody.of(contact_pages.get(connection, asked.session_id, chat_id))

    return await ask_and_respond(asking, caller, session_id, RequestBody(), compose, read)


@router.get("/blocked", summary="List who is blocked", responses=problems(404, 409, 502))
async def list_blocked(session_id: UUID, caller: ReaderDep, looking: LookDep) -> BlockedBody:
    """The block list, read again where that was a minute ago and the session is connected: a phone changes it, too."""
    session = await contacts.read_lists(looking, caller, session_id)
    rows = await run_in_threadpool(
        looking.services.database.ask, lambda connection: contact_pages.blocked(connection, session.id)
    )
    return BlockedBody(blocked=[ContactBody.of(contact) for contact in rows])


@router.post("/numbers/check", summary="Check numbers", responses=problems(404, 409, 429, 502, body=True))
async def check_numbers(session_id: UUID, body: CheckNumbers, caller: SenderDep, looking: LookDep) -> CheckedNumbers:
    """Whether numbers are on WhatsApp. Checking many gets a number banned: a session may have 200 asked for in a day
    (a setting of the gateway), then this is 429 with `Retry-After`.

    Answers are kept for a day, those of numbers without an account for ten minutes, and cost nothing.
    """
    found = await contacts.check(looking, caller, session_id, body.numbers)
    return CheckedNumbers(numbers=[NumberBody.of(number) for number in found])
