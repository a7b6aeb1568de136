"""Groups: list, make, read, change, leave. What changes one waits for WhatsApp's answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from starlette.concurrency import run_in_threadpool

from functions.api.auth import ReaderDep, SenderDep
from functions.api.groups import detail_of, group_at, people_of, read_all, read_one
from functions.api.http import pagination
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.operations import LookDep, ask_and_respond, asks
from functions.api.queueing import SendRequestDep
from functions.api.schemas.groups import ChangeGroup, CreateGroup, GroupBody, GroupDetail, GroupPage
from gateway.domain import operations
from gateway.domain.errors import NotFound
from gateway.domain.operations import Operation
from gateway.schemas.base import RequestBody
from gateway.store import group_pages, media
from gateway.store.database import Connection

router = APIRouter(prefix="/sessions/{session_id}/groups", tags=["groups"], route_class=KeyedRoute)

GroupPath = Annotated[
    str,
    Path(max_length=128, description="The id of its chat, or its JID.", examples=["120363041234567890@g.us"]),
]
_CURSOR = "groups"


@router.get("", summary="List groups", responses=problems(404, 409, 502))
async def list_groups(
    session_id: UUID, caller: ReaderDep, looking: LookDep, limit: LimitDep = 50, cursor: CursorDep = None
) -> GroupPage:
    """The groups that the number is in. WhatsApp is asked the first time; afterwards events keep them current.

    409 `not_connected` where it cannot be asked yet.
    """
    after = pagination.decode_id(_CURSOR, cursor)
    session = await read_all(looking, caller, session_id)
    rows = await run_in_threadpool(
        looking.services.database.ask,
        lambda connection: group_pages.page(connection, session.id, after, limit + 1),
    )
    page, next_cursor = paginate(rows, limit, lambda group: pagination.encode(_CURSOR, group.chat_id))
    return GroupPage(groups=[GroupBody.of(group) for group in page], next_cursor=next_cursor)


@router.post(
    "", status_code=201, response_model=None, summary="Make a group", responses=asks(201, GroupDetail, body=True)
)
async def create_group(session_id: UUID, body: CreateGroup, caller: SenderDep, asking: SendRequestDep) -> Response:
    """The number becomes its owner. Who cannot be added is in `refused`, with the reason, and perhaps a code to invite.

    A group is never made twice by itself: where a crash hid whether it was made, this is 202 `unknown`, and
    `group.joined` tells of it where it was.
    """

    def compose(connection: Connection, session_id: UUID) -> Operation:
        return operations.CreateGroup(body.subject, people_of(connection, session_id, body.participants))

    return await ask_and_respond(asking, caller, session_id, body, compose, detail_of, status=201)


@router.get("/{group}", summary="Read a group", responses=problems(404, 409, 502))
async def get_group(session_id: UUID, group: GroupPath, caller: ReaderDep, looking: LookDep) -> GroupDetail:
    """With everybody in it. WhatsApp is asked again where it was a day ago."""
    chat_id = await read_one(looking, caller, session_id, group)

    def read(connection: Connection) -> GroupDetail:
        shown = group_pages.get(connection, session_id, chat_id)
        return GroupDetail.with_people(shown, group_pages.participants(connection, shown))

    return await run_in_threadpool(looking.services.database.ask, read)


@router.patch("/{group}", response_model=None, summary="Change a group", responses=asks(200, GroupDetail, body=True))
async def change_group(
    session_id: UUID, group: GroupPath, body: ChangeGroup, caller: SenderDep, asking: SendRequestDep
) -> Response:
    """One after the other: picture, subject, description, who may write, who may edit, disappearing messages.

    Where WhatsApp refuses one, the problem names it in `errors`, and in `changed` what was changed before.
    """

    def compose(connection: Connection, session_id: UUID) -> Operation:
        if body.picture is not None:
            _require_upload(connection, session_id, body.picture)
        return operations.ChangeGroup(
            group_at(connection, session_id, group).remote_jid, **body.model_dump(mode="json", by_alias=False)
        )

    return await ask_and_respond(asking, caller, session_id, body, compose, detail_of)


@router.post("/{group}/leave", status_code=204, response_model=None, summary="Leave a group", responses=asks(204, None))
async def leave_group(session_id: UUID, group: GroupPath, caller: SenderDep, asking: SendRequestDep) -> Response:
    """The number is not in it any more; its messages stay."""

    def compose(connection: Connection, session_id: UUID) -> Operation:
        return operations.LeaveGroup(group_at(connection, session_id, group).remote_jid)

    return await ask_and_respond(asking, caller, session_id, RequestBody(), compose, lambda _connection, _asked: None)


def _require_upload(connection: Connection, session_id: UUID, media_id: UUID) -> None:
    try:
        file = media.get(connection, session_id, media_id)
    except NotFound as error:
        raise NotFound("file", field="picture") from error
    if file.origin != "upload":
        raise NotFound("file", field="picture")
