"""Who is in a group, and the ways into one."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from functions.api.auth import SenderDep
from functions.api.groups import group_at, people_of
from functions.api.http.routing import KeyedRoute
from functions.api.operations import LookDep, ask_and_respond, asks
from functions.api.queueing import SendRequest, SendRequestDep
from functions.api.routes.groups import GroupPath
from functions.api.schemas.groups import (
    ChangePeople,
    GroupBody,
    InviteBody,
    JoinedBody,
    JoinGroup,
    OutcomeBody,
    Outcomes,
    RankPeople,
)
from gateway.callers import Caller
from gateway.domain import operations
from gateway.domain.groups import ParticipantAction, invite_code
from gateway.domain.operations import Operation
from gateway.schemas.base import RequestBody
from gateway.store import group_pages
from gateway.store.database import Connection
from gateway.store.operations import Asked

router = APIRouter(prefix="/sessions/{session_id}/groups", tags=["groups"], route_class=KeyedRoute)

_CHANGES = asks(200, Outcomes, body=True)


@router.post("/{group}/participants", response_model=None, summary="Add participants", responses=_CHANGES)
async def add_participants(
    session_id: UUID, group: GroupPath, body: ChangePeople, caller: SenderDep, asking: SendRequestDep
) -> Response:
    """Each has an outcome of its own: who must be asked is not added, and has a code by which to invite."""
    return await _change(asking, caller, session_id, group, body, ParticipantAction.ADD)


@router.delete("/{group}/participants", response_model=None, summary="Remove participants", responses=_CHANGES)
async def remove_participants(
    session_id: UUID, group: GroupPath, body: ChangePeople, caller: SenderDep, asking: SendRequestDep
) -> Response:
    """Each has an outcome of its own; only admins may."""
    return await _change(asking, caller, session_id, group, body, ParticipantAction.REMOVE)


@router.patch("/{group}/participants", response_model=None, summary="Promote or demote", responses=_CHANGES)
async def rank_participants(
    session_id: UUID, group: GroupPath, body: RankPeople, caller: SenderDep, asking: SendRequestDep
) -> Response:
    """Each has an outcome of its own; only admins may."""
    return await _change(asking, caller, session_id, group, body, body.action)


async def _change(
    asking: SendRequest,
    caller: Caller,
    session_id: UUID,
    group: str,
    body: ChangePeople | RankPeople,
    action: ParticipantAction,
) -> Response:
    def compose(connection: Connection, session_id: UUID) -> Operation:
        jid = group_at(connection, session_id, group).remote_jid
        people = people_of(connection, session_id, body.participants)
        return operations.ChangeParticipants(jid, action, people)

    def read(_: Connection, asked: Asked) -> Outcomes:
        return Outcomes(participants=[OutcomeBody(**outcome) for outcome in (asked.result or {})["outcomes"]])

    return await ask_and_respond(asking, caller, session_id, body, compose, read)


@router.get("/{group}/invite", response_model=None, summary="Read the invite link", responses=asks(200, InviteBody))
async def get_invite(session_id: UUID, group: GroupPath, caller: SenderDep, looking: LookDep) -> Response:
    """By it anybody can join; only admins may read it."""
    return await _invite(looking, caller, session_id, group, revoke=False)


@router.delete(
    "/{group}/invite", response_model=None, summary="Revoke the invite link", responses=asks(200, InviteBody)
)
async def revoke_invite(session_id: UUID, group: GroupPath, caller: SenderDep, asking: SendRequestDep) -> Response:
    """The link leads nowhere any more; the answer has the new one."""
    return await _invite(asking, caller, session_id, group, revoke=True)


async def _invite(asking: SendRequest, caller: Caller, session_id: UUID, group: str, *, revoke: bool) -> Response:
    def compose(connection: Connection, session_id: UUID) -> Operation:
        return operations.ReadInvite(group_at(connection, session_id, group).remote_jid, revoke)

    def read(_: Connection, asked: Asked) -> InviteBody:
        return InviteBody(link=(asked.result or {})["link"])

    return await ask_and_respond(asking, caller, session_id, RequestBody(), compose, read)


@router.post("/join", response_model=None, summary="Join a group", responses=asks(200, JoinedBody, body=True))
async def join_group(session_id: UUID, body: JoinGroup, caller: SenderDep, asking: SendRequestDep) -> Response:
    """By its invite link. `pending` where an admin has to approve: `group.joined` tells when that was done."""
    code = invite_code(body.link)

    def read(connection: Connection, asked: Asked) -> JoinedBody:
        result = asked.result or {}
        if not result["joined"]:
            return JoinedBody(status="pending", group=None)
        group = group_pages.get(connection, asked.session_id, UUID(result["chatId"]))
        return JoinedBody(status="joined", group=GroupBody.of(group))

    return await ask_and_respond(
        asking, caller, session_id, body, lambda _connection, _id: operations.JoinGroup(code), read
    )
