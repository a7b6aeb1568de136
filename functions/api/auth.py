"""Authentication: an API key, checked before the body is read, and counted against its rate limit."""

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
from gateway.domain.errors import Unauthenticated
from gateway.store import api_keys

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The key that `gateway keys create` showed.")
_bearer = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is; every query is scoped to this user."""

    key_id: UUID
    user_profile_id: UUID


async def authenticate(request: Request) -> None:
    """Identify the caller of a request and count the request. Raises Unauthenticated and RateLimited."""
    request.state.caller = await run_in_threadpool(_identify, request, services_of(request))


async def _caller(
    request: Request,
    _key: Annotated[object, Security(_header)],
    _token: Annotated[object, Security(_bearer)],
) -> Caller:
    caller = request.state.caller
    assert isinstance(caller, Caller)  # noqa: S101 - put there by authenticate
    return caller


CallerDep = Annotated[Caller, Security(_caller)]


def _identify(request: Request, services: Services) -> Caller:
    text = _presented_key(request)
    context = request_context(request.scope)
    per_minute = services.settings.requests_per_minute
    key, context.allowance = services.database.ask(partial(api_keys.admit, text=text, per_minute=per_minute))
    context.key_id = key.id
    context.allowance.require()
    return Caller(key.id, key.user_profile_id)


def _presented_key(request: Request) -> str:
    if (key := request.headers.get("X-API-Key")) is not None:
        return key
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    raise Unauthenticated("Send your API key in X-API-Key, or as a bearer token in Authorization.")
