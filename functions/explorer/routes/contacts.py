"""The People tab: the contacts of a session, and one's card, where they are blocked and watched."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer.answers import refusal
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.contact_pages import show_card, show_list
from functions.explorer.sessions import redirect_to_first
from gateway.client import ClientError, contacts, presence
from gateway.domain.presence import DEFAULT_MINUTES

router = APIRouter(prefix=PATH)


@router.get("/people")
def show_contacts(
    request: Request,
    gateway: GatewayDep,
    session: UUID | None = None,
    search: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Show a page of the contacts of a session, by name."""
    if session is None and (first := redirect_to_first(request, gateway)):
        return first
    return show_list(request, gateway, session, search.replace("\0", "").strip(), cursor)


@router.get("/people/contacts/{contact}")
def show_contact(
    request: Request, gateway: GatewayDep, contact: Annotated[str, Path(max_length=128)], session: UUID
) -> Response:
    """Show the card of a contact."""
    return show_card(request, gateway, session, contact)


@router.post("/sessions/{session_id}/contacts/{contact_id}/block")
def switch_block(request: Request, gateway: GatewayDep, session_id: UUID, contact_id: UUID, form: FormDep) -> Response:
    """Block somebody, or let them reach the number again."""
    try:
        gateway.ask(contacts.block(session_id, contact_id, blocked=bool(text_of(form, "blocked"))))
    except ClientError as error:
        return show_card(request, gateway, session_id, str(contact_id), refusal(error, "block"))
    return _redirect_to_card(session_id, contact_id)


@router.post("/sessions/{session_id}/contacts/{contact_id}/presence")
def switch_watch(request: Request, gateway: GatewayDep, session_id: UUID, contact_id: UUID, form: FormDep) -> Response:
    """Watch for some minutes whether somebody is online, or no longer."""
    try:
        if text_of(form, "watch"):
            gateway.ask(presence.watch(session_id, contact_id, DEFAULT_MINUTES))
        else:
            gateway.ask(presence.unwatch(session_id, contact_id))
    except ClientError as error:
        return show_card(request, gateway, session_id, str(contact_id), refusal(error, "presence"))
    return _redirect_to_card(session_id, contact_id)


def _redirect_to_card(session_id: UUID, contact_id: UUID) -> Response:
    return RedirectResponse(f"{PATH}/people/contacts/{contact_id}?{urlencode({'session': session_id})}", 303)
