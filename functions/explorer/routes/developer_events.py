"""The Developers tab: a live tail of events, and the log page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer import event_tail
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH
from functions.explorer.event_tail import Tail, Wanted
from functions.explorer.pages import render_page
from functions.explorer.sessions import newest, offered
from functions.explorer.views import SessionView
from gateway.client import CursorExpired, Gateway, InvalidInput, Session
from gateway.domain.events import EventType

router = APIRouter(prefix=f"{PATH}/developers")

POLL_SECONDS = 2.0
_ADDRESS = f"{PATH}/developers/events"
# As many as the API takes at once.
_MOST_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands in the address: from where on, of which types, session and user, and whether it goes on by itself."""

    after: str = ""
    types: tuple[str, ...] = ()
    of: str = ""
    user: str = ""
    still: bool = False

    def address(self, **changes: object) -> str:
        """Return the address with these changes."""
        values = {"after": self.after, "type": self.types, "of": self.of, "user": self.user, "still": self.still}
        given = {name: 1 if value is True else value for name, value in {**values, **changes}.items() if value}
        return f"{_ADDRESS}?{urlencode(given, doseq=True)}"

    @property
    def session_id(self) -> UUID | None:
        return _id(self.of)

    @property
    def user_profile_id(self) -> UUID | None:
        return _id(self.user)


def _choice(
    after: Annotated[str, Query(max_length=64)] = "",
    types: Annotated[list[str] | None, Query(alias="type")] = None,
    of: Annotated[str, Query(max_length=100)] = "",
    user: Annotated[str, Query(max_length=100)] = "",
    still: str = "",
) -> Choice:
    known = tuple(kind for kind in EventType if kind in (types or ()))
    return Choice(after, known, of.strip(), user.strip(), still == "1")


ChoiceDep = Annotated[Choice, Depends(_choice)]


@router.get("/events")
def show_events(request: Request, gateway: GatewayDep, choice: ChoiceDep) -> Response:
    """Show the newest events after a place in the log, which the address names; without one those from now on."""
    if not choice.after:
        return RedirectResponse(choice.address(after=event_tail.latest(gateway)), 303)
    sessions = offered(gateway, choice.session_id)
    wanted = _wanted(gateway, choice)
    try:
        tail = _read(gateway, choice, wanted)
    except (CursorExpired, InvalidInput) as error:
        return _show(request, choice, sessions, Tail([], choice.after), notice=str(error), status=error.status)
    if tail.after != choice.after and not choice.still:
        return RedirectResponse(choice.address(after=tail.after), 303)
    return _show(request, choice, sessions, tail)


def _read(gateway: Gateway, choice: Choice, wanted: Wanted | None) -> Tail:
    if wanted is None:
        return Tail([], choice.after)
    read = event_tail.read_page if choice.still else event_tail.read_newest
    return read(gateway, choice.after, wanted)


def _wanted(gateway: Gateway, choice: Choice) -> Wanted | None:
    """Return which events are wanted; None where nobody has such, as those of a user without sessions."""
    types = choice.types or None
    if choice.of:
        return Wanted(types, [choice.session_id]) if choice.session_id else None
    if not choice.user:
        return Wanted(types, None)
    infos = newest(gateway, choice.user_profile_id)[0] if choice.user_profile_id else []
    return Wanted(types, [info.id for info in infos[:_MOST_SESSIONS]]) if infos else None


def _show(
    request: Request, choice: Choice, sessions: list[Session], tail: Tail, *, notice: str = "", status: int = 200
) -> Response:
    shown = tail.events if choice.still else tail.events[::-1]
    return render_page(
        request,
        "developers-events.html",
        status=status,
        poll=0 if choice.still or notice else POLL_SECONDS,
        section="events",
        choice=choice,
        events=shown,
        following=tail.after if choice.still and tail.events else "",
        types=list(EventType),
        sessions=[SessionView(session.info) for session in sessions],
        names={session.id: session.info.session_name for session in sessions},
        has_users=bool(choice.user) or len({session.info.user_profile_id for session in sessions}) > 1,
        notice=notice,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
