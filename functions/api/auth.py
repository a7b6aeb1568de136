"""Authentication: a key or token, checked before the body is read, counted, and asked whether it may do this."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool

from functions.api.http.context import request_context
from functions.api.services import Services, services_of
from gateway.callers import Caller, admit
from gateway.domain.access import EXPLORER_AGENT, Scope, authorise
from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys

TOKEN_PARAMETER = "token"  # noqa: S105 - its name

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The key that `gateway keys create` showed.")
_bearer = HTTPBearer(auto_error=False, description="The same key, or a token of `POST /tokens`.")


async def authenticate(request: Request, action: Scope | None) -> None:
    """Identify the caller of a request, count the request and ask whether the caller may do `action`.

    None is what any key or token may do. Raises Unauthenticated, RateLimited, Forbidden and NotFound.
    """
    session_id = _named_session(request)
    caller = await run_in_threadpool(_identify, request, services_of(request), session_id)
    if action is not None:
        authorise(caller.rights, action, session_id)
    request.state.caller = caller


async def identified(
    request: Request,
    _key: Annotated[object, Security(_header)],
    _token: Annotated[object, Security(_bearer)],
) -> Caller:
    caller = request.state.caller
    assert isinstance(caller, Caller)  # noqa: S101 - put there by authenticate
    return caller


# Which of them a route has is what its callers need to be allowed.
ReaderDep = Annotated[Caller, Security(identified, scopes=[Scope.READ])]
SenderDep = Annotated[Caller, Security(identified, scopes=[Scope.SEND])]
ManagerDep = Annotated[Caller, Security(identified, scopes=[Scope.MANAGE])]
AdminDep = Annotated[Caller, Security(identified, scopes=[Scope.ADMIN])]
AnyCallerDep = Annotated[Caller, Security(identified, scopes=[])]


def _named_session(request: Request) -> UUID | None:
    try:
        return UUID(request.path_params["session_id"])
    except (KeyError, ValueError):
        return None


def _identify(request: Request, services: Services, session_id: UUID | None) -> Caller:
    text = _presented_key(request)
    explores = request.headers.get("User-Agent") == EXPLORER_AGENT
    context = request_context(request.scope)
    caller, context.allowance = admit(
        services.database,
        services.tokens,
        text,
        services.settings.requests_per_minute,
        kind="explorer" if explores else None,
        session_id=session_id,
    )
    context.key_id = caller.key_id
    context.allowance.require()
    return caller


def _presented_key(request: Request) -> str:
    if (key := request.headers.get("X-API-Key")) is not None:
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    # An EventSource of a browser cannot send headers.
    if (given := request.query_params.get(TOKEN_PARAMETER)) is not None:
        if api_keys.is_one(given):
            raise Unauthenticated("A key does not belong into an address: make a token of it, with POST /tokens.")
        return given
    raise Unauthenticated("Send your API key in X-API-Key, or as a bearer token in Authorization.")
