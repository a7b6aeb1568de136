"""The Developers tab: what each tab does, as curl, Python and TypeScript."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from functions.explorer import reader
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH
from functions.explorer.code_actions import TABS, Sample
from functions.explorer.code_samples import LANGUAGES
from functions.explorer.group_pages import read_groups
from functions.explorer.pages import render_page
from functions.explorer.sessions import choose, offered
from gateway.client import Gateway, Session, calls, webhook_calls
from gateway.client.keys import CurrentKey

router = APIRouter(prefix=f"{PATH}/developers")

# The id of nobody, for a deployment without sessions.
_SOME_USER = "5b0e3b8e-4a57-4a0e-9d0c-6a6f8f6f0c11"


@router.get("/code")
def show_code(
    request: Request,
    gateway: GatewayDep,
    tab: str = "connection",
    language: str = "",
    session: UUID | None = None,
    chat: UUID | None = None,
) -> Response:
    """Show the actions of a tab as code about this session and chat; the language is remembered in this browser."""
    tab = tab if tab in TABS else "connection"
    chosen = language if language in LANGUAGES else reader.language(request, LANGUAGES)
    sample = _webhook(gateway) if tab == "webhooks" else _sample(gateway, tab, session, chat)
    response = render_page(
        request,
        "developers-code.html",
        section="code",
        actions=[(action, action.written(chosen)) for action in TABS[tab][1](sample)],
        tabs=[(name, label) for name, (label, _) in TABS.items() if name != "try-it" or _offers_phones(request)],
        shown_tab=tab,
        languages=LANGUAGES,
        language=chosen,
        api_url=request.app.state.settings.api_url,
        rest=urlencode({name: value for name, value in (("session", session), ("chat", chat)) if value}),
    )
    if language:
        reader.set_language(response, request, chosen)
    return response


def _offers_phones(request: Request) -> bool:
    return request.app.state.settings.whatsapp_control_url is not None


def _sample(gateway: Gateway, tab: str, session_id: UUID | None, chat_id: UUID | None) -> Sample:
    """Return what is shown, and of the rest the newest: most samples run as they stand."""
    own = gateway.current_key()
    session = choose(offered(gateway, session_id), session_id)
    if session is None:
        return Sample(user=_user(own, None), key=str(own.id))
    group = _group(gateway, session) if tab == "people" else None
    found = gateway.ask(calls.messages(session.id, chat=chat_id, limit=1)).items
    last = found[0] if found else None
    values = {
        "chat": chat_id or (last and last.chat_id),
        "message": last and last.id,
        "number": last and last.chat_phone_number,
        "group": group,
    }
    known = {name: str(value) for name, value in values.items() if value}
    return Sample(session=str(session.id), user=_user(own, session.info.user_profile_id), key=str(own.id), **known)


def _group(gateway: Gateway, session: Session) -> UUID | None:
    """Return the id of the newest group; None where there is none, or they cannot be read now."""
    page, _ = read_groups(gateway, session)
    return page.items[0].id if page.items else None


def _webhook(gateway: Gateway) -> Sample:
    """Return the newest webhook and its newest delivery."""
    found = gateway.ask(webhook_calls.webhooks(limit=1)).items
    if not found:
        return Sample()
    deliveries = gateway.ask(webhook_calls.deliveries(found[0].id, limit=1)).items
    known = {"delivery": str(deliveries[0].id)} if deliveries else {}
    return Sample(webhook=str(found[0].id), **known)


def _user(own: CurrentKey, user_profile_id: UUID | None) -> str | None:
    return None if own.user_profile_id else str(user_profile_id or _SOME_USER)
