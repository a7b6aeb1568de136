"""Tokens for browsers, made by a server with its key."""

from __future__ import annotations

from fastapi import APIRouter

from functions.api.auth import AnyCallerDep
from functions.api.http.openapi_responses import problems
from functions.api.http.routing import KeyedRoute
from functions.api.schemas.keys import CreateToken, TokenBody
from functions.api.services import ServicesDep
from gateway.domain.access import authorise
from gateway.domain.errors import Forbidden, NotFound
from gateway.store import sessions
from gateway.tokens import Token

router = APIRouter(prefix="/tokens", tags=["keys"], route_class=KeyedRoute)


@router.post("", status_code=201, summary="Make a token for a browser", responses=problems(404, body=True))
def create_token(body: CreateToken, caller: AnyCallerDep, services: ServicesDep) -> TokenBody:
    """For these sessions and scopes, none of which the key may lack. It ends with its key, if that is sooner."""
    if caller.is_token:
        raise Forbidden("A token makes no tokens: your server does, with its key.")
    reach = caller.reach
    for action in body.scopes:
        reach = authorise(caller.rights, action)
    with services.database.transaction() as connection:
        if sessions.missing(connection, reach, body.session_ids):
            raise NotFound("session", "sessionIds")
    token = Token(caller.key_id, frozenset(body.scopes), frozenset(body.session_ids))
    text, expires_at = services.tokens.issue(token, body.expires_in)
    return TokenBody(token=text, expires_at=expires_at)
