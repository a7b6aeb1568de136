"""The pages of groups, as they are asked for, and as they answer a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer.answers import NOTHING, Answer, why_unread
from functions.explorer.auth import PATH
from functions.explorer.group_view import TIMERS, GroupView, members
from functions.explorer.pages import render_page
from functions.explorer.sessions import choose, offered
from functions.explorer.views import SessionView
from gateway import qr
from gateway.client import Gateway, Problem, Session, groups
from gateway.client.calls import Page
from gateway.client.groups import Group
from gateway.domain.groups import MAX_DESCRIPTION, MAX_SUBJECT

POLL_SECONDS = 4.0
GROUPS_SHOWN = 50
_NO_GROUPS: Page[Group] = Page((), None)


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the members of a group are shown."""

    search: str = ""
    page: int = 1


FIRST = Part()


def show_list(
    request: Request,
    gateway: Gateway,
    session_id: UUID | None,
    cursor: str | None = None,
    answer: Answer = NOTHING,
    *,
    joining: bool = False,
) -> Response:
    """Show a page of the groups of a session; `joining` says that an admin has to approve that the number joins one."""
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    page, unread = read_groups(gateway, session, cursor) if session else (_NO_GROUPS, "")
    return render_page(
        request,
        "people-groups.html",
        status=answer.status,
        poll=POLL_SECONDS,
        section="groups",
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        groups=[GroupView(each) for each in page.items],
        unread=unread,
        following=page.next,
        first=cursor is None,
        joining=joining,
        answer=answer,
        longest_subject=MAX_SUBJECT,
    )


def read_groups(gateway: Gateway, session: Session, cursor: str | None = None) -> tuple[Page[Group], str]:
    """Return the groups, and why they cannot be read where WhatsApp has to be asked and does not answer."""
    try:
        return gateway.ask(groups.groups(session.id, cursor, GROUPS_SHOWN)), ""
    except Problem as error:
        return _NO_GROUPS, why_unread(error)


def show_group(
    request: Request,
    gateway: Gateway,
    session_id: UUID,
    group_id: UUID,
    part: Part = FIRST,
    answer: Answer = NOTHING,
) -> Response:
    """Show a group with a page of its members. Raise NotFound."""
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    group = gateway.ask(groups.group(session_id, group_id))
    return render_page(
        request,
        "people-group.html",
        status=answer.status,
        poll=POLL_SECONDS,
        section="groups",
        session=SessionView(session.info) if session else None,
        view=GroupView(group),
        members=members(group, session.info.phone_number if session else None, part.search, part.page),
        part=part,
        answer=answer,
        link_picture=qr.data_url(answer.link) if answer.link else "",
        values=_values(group, answer),
        timers=TIMERS,
        limits={"subject": MAX_SUBJECT, "description": MAX_DESCRIPTION},
    )


def _values(group: Group, answer: Answer) -> dict[str, Any]:
    """Return what the form about the group holds: what was typed and refused, else what is so."""
    known = {
        "subject": group.subject or "",
        "description": group.description or "",
        "announcement": "1" if group.announcement else "",
        "locked": "1" if group.locked else "",
        "timer": "" if group.disappearing_seconds is None else str(group.disappearing_seconds),
    }
    return {**known, **(answer.typed if answer.form == "change" else {})}


def group_address(session_id: UUID, group_id: UUID) -> str:
    """Return where a group is shown."""
    return f"{PATH}/people/groups/{group_id}?{urlencode({'session': session_id})}"


def redirect_to_group(session_id: UUID, group_id: UUID) -> Response:
    """Return a redirect to a group."""
    return RedirectResponse(group_address(session_id, group_id), 303)


def redirect_to_groups(session_id: UUID, **query: int) -> Response:
    """Return a redirect to all groups."""
    return RedirectResponse(f"{PATH}/people/groups?{urlencode({'session': session_id, **query})}", 303)
