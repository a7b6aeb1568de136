"""Authentication: a key or token, checked before the body is read, counted, and asked whether it may do this."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.concurrency import run_in_threadpool

from functions.api.http.context import request_context
from functions.api.services import Services, services_of
from gateway.domain.access import EXPLORER_AGENT, Reach, Rights, Scope, authorise
from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The key that `gateway keys create` showed.")
_bearer = HTTPBearer(auto_error=False, description="The same key, or a token of `POST /tokens`.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Which key it is and what it may do; every query is limited to its reach."""

    key_id: UUID
    rights: Rights
    is_token: bool = False

    @property
    def reach(self) -> Reach:
        return self.rights.reach


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
    token = None if api_keys.is_one(text) else services.tokens.read(text)
    explores = request.headers.get("User-Agent") == EXPLORER_AGENT
    context = request_context(request.scope)
    key, context.allowance = services.database.ask(
        partial(
            api_keys.admit,
            presented=token.key_id if token else text,
            per_minute=services.settings.requests_per_minute,
            kind="explorer" if explores else "token" if token else "api_key",
            session_id=session_id,
        )
    )
    context.key_id = key.id
    context.allowance.require()
    return Caller(key.id, token.limited(key.rights) if token else key.rights, token is not None)


def _presented_key(request: Request) -> str:
    if (key := request.headers.get("X-API-Key")) is not None:
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    raise Unauthenticated("Send your API key in X-API-Key, or as a bearer token in Authorization.")
