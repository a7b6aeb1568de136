"""API keys: make, list, rotate, revoke; nobody gives or gets more than they have."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from functions.api.auth import AdminDep, AnyCallerDep
from functions.api.http import pagination
from functions.api.http.openapi_responses import problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.keys import CreateKey, CurrentKeyBody, IssuedKeyBody, KeyBody, KeyPage, RotateKey
from functions.api.services import ServicesDep
from gateway.callers import Caller
from gateway.domain.access import Reach, Rights
from gateway.domain.errors import Forbidden, NotFound
from gateway.store import api_keys, sessions, users
from gateway.store.database import Connection

router = APIRouter(prefix="/keys", tags=["keys"], route_class=KeyedRoute)

_CURSOR = "keys"


@router.post("", status_code=201, summary="Make a key", responses=problems(404, body=True))
def create_key(body: CreateKey, caller: AdminDep, services: ServicesDep) -> IssuedKeyBody:
    """The answer alone holds the key. If it is lost, revoke the key and make another: no one else has it."""
    rights = Rights(frozenset(body.scopes), _reach_of_new(caller, body))
    _require_own(caller, rights)
    with services.database.transaction() as connection:
        if rights.reach.user_profile_id is not None:
            users.ensure(connection, rights.reach.user_profile_id, services.settings.user_profiles_table)
        _require_sessions(connection, rights.reach)
        key, text = api_keys.create(connection, rights, body.name)
    return IssuedKeyBody.issued(key, text)


@router.get("", summary="List keys", responses=problems())
def list_keys(
    caller: AdminDep,
    services: ServicesDep,
    user_profile_id: Annotated[
        UUID | None, Query(alias="userProfileId", description="Only of this user profile.")
    ] = None,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
) -> KeyPage:
    """Newest first, with those that have ended; of a user key those of its user, of an app key all."""
    before = pagination.decode_id(_CURSOR, cursor)
    with services.database.transaction() as connection:
        rows = api_keys.page(connection, caller.reach, before, limit + 1, user_profile_id=user_profile_id)
    page, next_cursor = paginate(rows, limit, lambda last: pagination.encode(_CURSOR, last.id))
    return KeyPage(keys=[KeyBody.of(key) for key in page], next_cursor=next_cursor)


@router.get("/current", summary="Read what this key may do", responses=problems())
def get_current_key(caller: AnyCallerDep) -> CurrentKeyBody:
    """Of the key or token of the request, whatever its scopes."""
    return CurrentKeyBody.of(caller.key_id, caller.rights, is_token=caller.is_token)


# Of an id alone: `current` has a path of its own, which is not for deleting.
@router.delete("/{key_id:uuid}", status_code=204, summary="Revoke a key", responses=problems(404))
def revoke_key(key_id: UUID, caller: AdminDep, services: ServicesDep) -> None:
    """The key and its tokens are refused at once."""
    with services.database.transaction() as connection:
        api_keys.revoke(connection, caller.reach, key_id)


@router.post("/{key_id}/rotate", status_code=201, summary="Replace a key", responses=problems(404, 409, body=True))
def rotate_key(key_id: UUID, caller: AdminDep, services: ServicesDep, body: RotateKey | None = None) -> IssuedKeyBody:
    """Makes a key with the same rights and another id; the old one and its tokens live on for `graceSeconds`."""
    grace = (body or RotateKey()).grace_seconds
    with services.database.transaction() as connection:
        old = api_keys.lock(connection, caller.reach, key_id)
        _require_own(caller, old.rights)
        key, text = api_keys.replace(connection, old, grace)
    return IssuedKeyBody.issued(key, text)


def _reach_of_new(caller: Caller, body: CreateKey) -> Reach:
    """Return the reach that is asked for; a user key's own user where none is named. Raises NotFound for another."""
    own = caller.reach.user_profile_id
    if own is not None and body.user_profile_id not in (None, own):
        raise NotFound("user profile", "userProfileId")
    session_ids = None if body.session_ids is None else frozenset(body.session_ids)
    return Reach(own or body.user_profile_id, session_ids)


def _require_own(caller: Caller, rights: Rights) -> None:
    """Raise Forbidden where the caller does not have these rights."""
    if caller.rights.covers(rights):
        return
    field = "sessionIds" if rights.scopes <= caller.rights.scopes else "scopes"
    raise Forbidden("A key can give no more rights than it has.", field)


def _require_sessions(connection: Connection, reach: Reach) -> None:
    if reach.session_ids and sessions.missing(connection, reach, reach.session_ids):
        raise NotFound("session", "sessionIds")
