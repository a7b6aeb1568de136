"""The page of the Messaging tab, as it is asked for and as it answers a form that was refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from functions.explorer import reader
from functions.explorer.acts import EMOJIS, FORMS, PINS, WRITING, Act
from functions.explorer.auth import PATH
from functions.explorer.chat_list import FoundMessage, list_entry, search_messages, unread_chats
from functions.explorer.contact_pages import NOBODY, listed
from functions.explorer.conversation import LATEST, NOTHING_OPEN, Conversation, Place, open_chat
from functions.explorer.message_view import MessageView
from functions.explorer.pages import render_page, wants_json
from functions.explorer.sessions import choose, offered
from functions.explorer.settings import ExplorerSettings
from functions.explorer.typing_shown import NOBODY_TYPES, Typing, read_typing
from functions.explorer.views import SessionView
from gateway.client import Chat, Gateway, Problem, Session, calls
from gateway.client.calls import Page
from gateway.domain.media import MediaKind
from gateway.domain.messages import MAX_TEXT_CHARACTERS

POLL_SECONDS = 2.0
# The title says how many chats are unread.
BACKGROUND_POLL_SECONDS = 20.0
CHATS_SHOWN = 50
_NO_CHATS: Page[Chat] = Page((), None)
# What is the same on every page: also what the forms of acts offer.
_FIXED: dict[str, object] = {
    "background_poll": BACKGROUND_POLL_SECONDS,
    "limit": MAX_TEXT_CHARACTERS,
    "emojis": EMOJIS,
    "pins": PINS,
    "forms": FORMS,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed into the composer."""

    to: str = ""
    text: str = ""


EMPTY_DRAFT = Draft()


def show_refusal(
    request: Request,
    gateway: Gateway,
    session_id: UUID,
    chat_id: UUID | None,
    error: Problem,
    draft: Draft = EMPTY_DRAFT,
    act: Act = WRITING,
) -> Response:
    """Show the page again with what was typed and why it was refused. Raise `error` where the form is not at fault."""
    if error.status >= 500 or error.status in (401, 404):
        raise error
    if wants_json(request):
        return JSONResponse({"error": str(error)}, error.status)
    return show(
        request,
        gateway,
        session_id,
        chat_id,
        new=chat_id is None,
        notice=str(error),
        draft=draft,
        act=act,
        status=error.status,
    )


def show(
    request: Request,
    gateway: Gateway,
    session_id: UUID | None,
    chat_id: UUID | None,
    *,
    new: bool = False,
    search: str = "",
    who: str = "",
    place: Place = LATEST,
    notice: str = "",
    draft: Draft = EMPTY_DRAFT,
    act: Act = WRITING,
    status: int = 200,
) -> Response:
    """Show the chats of a session, and one of them with what is done there."""
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    page = gateway.ask(calls.chats(session.id, search=search or None, limit=CHATS_SHOWN)) if session else _NO_CHATS
    zone = reader.time_zone(request)
    shown = open_chat(gateway, session, chat_id, page.items, place, zone) if session and chat_id else None
    typing = read_typing(gateway, session, reader.typing_place(request, session.id)) if session else NOBODY_TYPES
    response = render_page(
        request,
        "messaging.html",
        status=status,
        poll=POLL_SECONDS,
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        **_listed(gateway, session, page, search, typing),
        **_to_pick(gateway, session, who, new=new),
        notice=notice,
        draft=draft,
        receipts=session is None or reader.sends_receipts(request, session.id),
        **_opened(gateway, session, shown, act),
        file_limits=_file_limits(request.app.state.settings),
        **_FIXED,
    )
    reader.set_typing_place(response, request, session_id, typing.after)
    return response


def _opened(gateway: Gateway, session: Session | None, shown: Conversation | None, act: Act) -> dict[str, object]:
    """Return what stands beside the list of chats, and what is done there."""
    about = _about(gateway, session, shown, act) if session and shown else None
    return {"open": shown or NOTHING_OPEN, "act": act, "about": about}


def _listed(
    gateway: Gateway, session: Session | None, page: Page[Chat], search: str, typing: Typing
) -> dict[str, object]:
    """Return what the list of chats shows."""
    found: list[FoundMessage] = search_messages(gateway, session, search) if session and search.strip() else []
    return {
        "typing": typing.chats,
        "chats": [list_entry(chat, typing.chats.get(chat.id, "")) for chat in page.items],
        "found": found,
        "more": page.next is not None,
        "unread_chats": unread_chats(gateway, session, page) if session and not search else 0,
        "search": search,
    }


def _to_pick(gateway: Gateway, session: Session | None, who: str, *, new: bool) -> dict[str, object]:
    """Return the contacts from whom one picks to whom a new message goes."""
    page = listed(gateway, session, who)[0] if session and new else NOBODY
    return {"new": new, "contacts": page.items, "more_contacts": page.next is not None, "who": who}


def _about(gateway: Gateway, session: Session, shown: Conversation, act: Act) -> MessageView | None:
    """Return the message that an act is about, also one that is further back than those shown. Raise NotFound."""
    if act.on is None:
        return None
    return shown.view(act.on) or MessageView(gateway.ask(calls.message(session.id, act.on)), chat_kind=shown.kind)


def _file_limits(settings: ExplorerSettings) -> str:
    return json.dumps({kind: settings.largest_bytes(kind) for kind in MediaKind})


def redirect(session_id: UUID, chat_id: UUID | None) -> Response:
    """Return a redirect to a chat, or to all of them."""
    shown = {"session": session_id, **({"chat": chat_id} if chat_id else {})}
    return RedirectResponse(f"{PATH}/messaging?{urlencode(shown)}", 303)
