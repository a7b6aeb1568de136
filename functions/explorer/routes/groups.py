"""The People tab: the groups of a session, made and joined; and one with its members."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from functions.explorer.answers import Answer, refusal
from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, id_of, text_of
from functions.explorer.composing import lines, plain
from functions.explorer.group_pages import Part, redirect_to_group, redirect_to_groups, show_group, show_list
from functions.explorer.group_view import TIMERS, outcomes_in_words
from functions.explorer.sessions import redirect_to_first
from gateway.client import ClientError, groups
from gateway.client.groups import Group
from gateway.domain.groups import ParticipantAction

router = APIRouter(prefix=PATH)

_METHODS = {ParticipantAction.ADD: "POST", ParticipantAction.REMOVE: "DELETE"}
_Search = Annotated[str, Query(max_length=100)]
_Cursor = Annotated[str | None, Query(max_length=500)]
_PageNumber = Annotated[int, Query(ge=1, le=10_000)]


@router.get("/people/groups")
def show_groups(
    request: Request, gateway: GatewayDep, session: UUID | None = None, cursor: _Cursor = None, joining: bool = False
) -> Response:
    """Show a page of the groups that the number of a session is in."""
    if session is None and (first := redirect_to_first(request, gateway)):
        return first
    return show_list(request, gateway, session, cursor, joining=joining)


@router.get("/people/groups/{group_id}")
def show_one(
    request: Request,
    gateway: GatewayDep,
    group_id: UUID,
    session: UUID,
    search: _Search = "",
    page: _PageNumber = 1,
) -> Response:
    """Show a group with a page of its members."""
    return show_group(request, gateway, session, group_id, Part(search.strip(), page))


@router.post("/sessions/{session_id}/groups")
def create_group(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Make a group, and show it with those who could not be added."""
    subject, people = text_of(form, "subject"), lines(form, "participants")
    try:
        made = gateway.ask(groups.create(session_id, subject, people, None))
    except ClientError as error:
        answer = refusal(error, "create", subject=subject, participants="\n".join(people))
        return show_list(request, gateway, session_id, answer=answer)
    if not made.refused:
        return redirect_to_group(session_id, made.id)
    outcomes = outcomes_in_words(ParticipantAction.ADD, made.refused, made.participants)
    return show_group(request, gateway, session_id, made.id, answer=Answer(outcomes=outcomes))


@router.post("/sessions/{session_id}/groups/join")
def join_group(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Join by an invite link; where an admin has to approve, the list says so."""
    link = text_of(form, "link").strip()
    try:
        joining = gateway.ask(groups.join(session_id, link))
    except ClientError as error:
        return show_list(request, gateway, session_id, answer=refusal(error, "join", link=link))
    if joining.group is None:
        return redirect_to_groups(session_id, joining=1)
    return redirect_to_group(session_id, joining.group.id)


@router.post("/sessions/{session_id}/groups/{group_id}")
def change_group(request: Request, gateway: GatewayDep, session_id: UUID, group_id: UUID, form: FormDep) -> Response:
    """Change what describes a group, as far as the form differs from what is so."""
    changes = _changes(form, gateway.ask(groups.group(session_id, group_id)))
    try:
        if changes:
            gateway.ask(groups.change(session_id, group_id, changes))
    except ClientError as error:
        typed = {name: plain(form, name) for name in ("subject", "description", "announcement", "locked", "timer")}
        return show_group(request, gateway, session_id, group_id, answer=refusal(error, "change", **typed))
    return redirect_to_group(session_id, group_id)


@router.post("/sessions/{session_id}/groups/{group_id}/picture")
def set_picture(request: Request, gateway: GatewayDep, session_id: UUID, group_id: UUID, form: FormDep) -> Response:
    """Give a group the picture that a script has uploaded."""
    try:
        gateway.ask(groups.change(session_id, group_id, {"picture": id_of(form, "picture")}))
    except ClientError as error:
        return show_group(request, gateway, session_id, group_id, answer=refusal(error, "picture"))
    return redirect_to_group(session_id, group_id)


@router.post("/sessions/{session_id}/groups/{group_id}/participants")
def change_participants(
    request: Request, gateway: GatewayDep, session_id: UUID, group_id: UUID, form: FormDep
) -> Response:
    """Add, remove, promote or demote people, and show what became of each."""
    action, people = _action_in(form), lines(form, "participants")
    before = gateway.ask(groups.group(session_id, group_id))
    rank = None if action in _METHODS else action
    call = groups.change_participants(session_id, group_id, _METHODS.get(action, "PATCH"), people, rank)
    try:
        became = gateway.ask(call)
    except ClientError as error:
        answer = refusal(error, action, participants="\n".join(people))
        return show_group(request, gateway, session_id, group_id, answer=answer)
    outcomes = outcomes_in_words(action, became, before.participants)
    return show_group(request, gateway, session_id, group_id, answer=Answer(outcomes=outcomes))


@router.post("/sessions/{session_id}/groups/{group_id}/invite")
def show_invite(request: Request, gateway: GatewayDep, session_id: UUID, group_id: UUID, form: FormDep) -> Response:
    """Show the invite link, or end it and show the new one."""
    try:
        link = gateway.ask(groups.invite(session_id, group_id, revoke=bool(text_of(form, "revoke"))))
    except ClientError as error:
        return show_group(request, gateway, session_id, group_id, answer=refusal(error, "invite"))
    return show_group(request, gateway, session_id, group_id, answer=Answer(link=link))


@router.post("/sessions/{session_id}/groups/{group_id}/leave")
def leave_group(request: Request, gateway: GatewayDep, session_id: UUID, group_id: UUID, form: FormDep) -> Response:
    """Leave a group."""
    try:
        gateway.ask(groups.leave(session_id, group_id))
    except ClientError as error:
        return show_group(request, gateway, session_id, group_id, answer=refusal(error, "leave"))
    return redirect_to_groups(session_id)


def _action_in(form: FormData) -> ParticipantAction:
    """Return what is done to people. Raise HTTPException 404 for what is nothing."""
    try:
        return ParticipantAction(text_of(form, "manner"))
    except ValueError:
        raise HTTPException(404) from None


def _changes(form: FormData, group: Group) -> dict[str, Any]:
    """Return what a form changes of a group."""
    timer = text_of(form, "timer")
    wanted: dict[str, Any] = {
        "subject": text_of(form, "subject").strip(),
        "description": plain(form, "description").strip(),
        "announcement": bool(text_of(form, "announcement")),
        "locked": bool(text_of(form, "locked")),
        "disappearing_seconds": next((each for each in TIMERS if str(each) == timer), group.disappearing_seconds),
    }
    return {name: value for name, value in wanted.items() if value != (getattr(group, name) or type(value)())}
