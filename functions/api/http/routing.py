"""The route of everything that needs a key: checks key, query, size and format before the body is parsed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param, ParamTypes
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from functions.api.auth import authenticate
from functions.api.http.query import require_known

MAX_BODY_BYTES = 64 * 1024

Handler = Callable[[Request], Awaitable[Response]]


class KeyedRoute(APIRoute):
    """Responds with 401, 413 and 415, and 422 to unknown query parameters, before FastAPI parses the request."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle: Handler = super().get_route_handler()
        takes_body = self.body_field is not None
        parameters = _query_parameters(self)

        async def checked(request: Request) -> Response:
            await authenticate(request)
            require_known(request.query_params, parameters)
            if takes_body and _has_body(request):
                _require_json(request)
            return await handle(Request(request.scope, _limited(request.receive)))

        return checked


def _query_parameters(route: APIRoute) -> set[str]:
    fields = ((field.alias, field.field_info) for field in get_flat_params(route.dependant))
    return {alias for alias, info in fields if isinstance(info, Param) and info.in_ is ParamTypes.query}


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise HTTPException(415)


def _limited(receive: Receive) -> Receive:
    """Count the bytes that come: a Content-Length may be wrong, and a chunked body has none. Raises HTTPException."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise HTTPException(413)
        return message

    return counted
