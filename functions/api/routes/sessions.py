"""Sessions: make, link, watch, stop, unlink, delete."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Body, Query, Request, Response

from functions.api.auth import ManagerDep, ReaderDep
from functions.api.http import pagination
from functions.api.http.context import request_context
from functions.api.http.idempotency import IdempotencyDep, mark_replayed
from functions.api.http.openapi_responses import LOCATION, problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.sessions import (
    ChangeSession,
    ConnectSession,
    CreateSession,
    SessionBody,
    SessionPage,
    StateBody,
    StatusBody,
)
from functions.api.services import Services, ServicesDep
from gateway.callers import Caller
from gateway.domain.errors import Forbidden, InvalidInput, NotFound
from gateway.domain.history import wish
from gateway.domain.phone import parse_phone_number
from gateway.domain.sessions import SessionState
from gateway.schemas.base import NulFree
from gateway.store import commands, desired_state, sessions, users
from gateway.store.database import Connection
from gateway.store.ids import new_id

router = APIRouter(prefix="/sessions", tags=["sessions"], route_class=KeyedRoute)

_CURSOR = "sessions"


@router.post(
    "",
    status_code=201,
    summary="Make a session",
    responses={201: {"headers": LOCATION}, **problems(404, body=True)},
)
def create_session(
    body: CreateSession, caller: ManagerDep, services: ServicesDep, idempotency: IdempotencyDep, response: Response
) -> SessionBody:
    """Makes a session that is not linked yet; `connect` links it. An app key says for which user profile."""
    session_id = new_id()
    with services.database.transaction() as connection:
        session = sessions.create(
            connection,
            _owner_of_new(connection, services, caller, body.user_profile_id),
            body.session_name,
            services.settings.shards,
            session_id=session_id,
            external_id=body.external_id,
            metadata=body.metadata,
            idempotency_key=idempotency.key,
            fingerprint=idempotency.fingerprint(body),
        )
    response.headers["Location"] = f"/sessions/{session.id}"
    if session.id != session_id:
        mark_replayed(response)
    return SessionBody.of(session)


@router.get("", summary="List sessions", responses=problems())
def list_sessions(
    caller: ReaderDep,
    services: ServicesDep,
    user_profile_id: Annotated[
        UUID | None, Query(alias="userProfileId", description="Only of this user profile.")
    ] = None,
    status: Annotated[SessionState | None, Query(description="Only in this state.")] = None,
    external_id: Annotated[
        NulFree | None,
        Query(alias="externalId", min_length=1, max_length=200, description="Only with this id of yours."),
    ] = None,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
) -> SessionPage:
    """Newest first."""
    before = pagination.decode_id(_CURSOR, cursor)
    with services.database.transaction() as connection:
        rows = sessions.page(
            connection,
            caller.reach,
            before,
            limit + 1,
            user_profile_id=user_profile_id,
            status=status,
            external_id=external_id,
        )
    page, next_cursor = paginate(rows, limit, lambda last: pagination.encode(_CURSOR, last.id))
    return SessionPage(sessions=[SessionBody.of(session) for session in page], next_cursor=next_cursor)


@router.get("/{session_id}", summary="Read a session", responses=problems(404))
def get_session(session_id: UUID, caller: ReaderDep, services: ServicesDep) -> SessionBody:
    """A session with its state."""
    with services.database.transaction() as connection:
        return SessionBody.of(sessions.get(connection, caller.reach, session_id))


@router.patch("/{session_id}", summary="Rename a session", responses=problems(404, body=True))
def change_session(
    session_id: UUID, body: ChangeSession, caller: ManagerDep, services: ServicesDep, background: BackgroundTasks
) -> SessionBody:
    """Changes its name, your id, your metadata, which files are fetched and its presence; what is omitted stays.

    Another `presence` connects the session anew, which takes a second."""
    given = body.model_dump(include=body.model_fields_set)
    if body.media_policy is not None:
        given["media_policy"] = body.media_policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    with services.database.transaction() as connection:
        session = sessions.change(connection, caller.reach, session_id, given)
    if "presence" in given:
        background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return SessionBody.of(session)


@router.delete("/{session_id}", status_code=204, summary="Delete a session", responses=problems(404))
def delete_session(session_id: UUID, caller: ManagerDep, services: ServicesDep, background: BackgroundTasks) -> None:
    """The session is gone at once; its number is unlinked by its owner."""
    with services.database.transaction() as connection:
        session = sessions.delete(connection, caller.reach, session_id)
    background.add_task(services.notifier.wake_owner, session.shard, session.id)


@router.post(
    "/{session_id}/connect",
    status_code=202,
    summary="Connect, and link if needed",
    response_model_exclude_none=True,
    responses=problems(404, 409, body=True),
)
def connect_session(
    session_id: UUID,
    caller: ManagerDep,
    services: ServicesDep,
    background: BackgroundTasks,
    body: Annotated[ConnectSession | None, Body()] = None,
) -> StateBody:
    """A linked session comes back by itself; another shows a QR code in its status, or a pairing code if a
    `phoneNumber` is given, also in place of a QR code. Else nothing changes of what is connecting or connected.

    `history` says what the phone is asked for when it is linked, also for later; without it that stays as it was, at
    first `none`."""
    phone = parse_phone_number(body.phone_number, "phoneNumber") if body and body.phone_number is not None else None
    asked = wish(body.history, body.history_days) if body else None
    with services.database.transaction() as connection:
        session = desired_state.request_connect(connection, caller.reach, session_id, phone, asked)
    background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return StateBody.of(session)


@router.get(
    "/{session_id}/status",
    summary="State, QR code and pairing code",
    response_model_exclude_none=True,
    responses=problems(404),
)
def get_session_status(session_id: UUID, caller: ReaderDep, services: ServicesDep) -> StatusBody:
    """What to scan or type while linking, and why a session is not connected. Fields that do not apply are left out.

    Linking ends with `qr_timeout` when nobody has asked for two minutes: show a code with its latest status.
    """
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        desired_state.note_status_read(connection, session)
    return StatusBody.of(session)


@router.post(
    "/{session_id}/disconnect",
    status_code=202,
    summary="Disconnect, and stay linked",
    response_model_exclude_none=True,
    responses=problems(404),
)
def disconnect_session(
    session_id: UUID, caller: ManagerDep, services: ServicesDep, background: BackgroundTasks
) -> StateBody:
    """Ends the connection, or the linking; `connect` brings a linked session back without a new code."""
    with services.database.transaction() as connection:
        session = desired_state.request_disconnect(connection, caller.reach, session_id)
    background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return StateBody.of(session)


@router.post(
    "/{session_id}/logout",
    status_code=202,
    summary="Unlink the number",
    response_model_exclude_none=True,
    responses=problems(404),
)
def log_out_session(
    session_id: UUID, request: Request, caller: ManagerDep, services: ServicesDep, background: BackgroundTasks
) -> StateBody:
    """Removes the linked device from the phone; a session that is only linking is disconnected. What is queued
    and was not sent yet fails."""
    correlation_id = request_context(request.scope).request_id
    with services.database.transaction() as connection:
        session = commands.request_logout(connection, caller.reach, session_id, correlation_id)
    background.add_task(services.notifier.wake_owner, session.shard, session.id)
    return StateBody.of(session)


def _owner_of_new(connection: Connection, services: Services, caller: Caller, named: UUID | None) -> UUID:
    """Return whose a new session is. Raises InvalidInput where an app key names nobody, NotFound for somebody else."""
    reach = caller.reach
    if reach.session_ids is not None:
        raise Forbidden("This key or token is limited to sessions that exist.")
    if reach.user_profile_id is not None:
        if named not in (None, reach.user_profile_id):
            raise NotFound("user profile", "userProfileId")
        return reach.user_profile_id
    if named is None:
        raise InvalidInput("userProfileId", "An app key acts for every user profile: say whose session it is.")
    users.ensure(connection, named, services.settings.user_profiles_table)
    return named
