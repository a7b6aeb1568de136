"""The route of everything that needs a key: checks key, query, size and format before the body is parsed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param, ParamTypes
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

from functions.api.auth import authenticate, identified
from functions.api.http.query import require_known
from gateway.domain.access import Scope

MAX_BODY_BYTES = 64 * 1024
# With a small file inside, as base64.
MAX_FILE_BODY_BYTES = 1536 * 1024
# Whatever the settings allow: who reads the file looks at its size.
_MAX_UPLOAD_BYTES = 1 << 31
_JSON = re.compile(r"application/(?:json|[^/]+\+json)")
_FORM = re.compile(r"multipart/form-data")
_SAID = {_JSON: "Send the body as application/json.", _FORM: "Send the body as multipart/form-data."}

Handler = Callable[[Request], Awaitable[Response]]


class KeyedRoute(APIRoute):
    """Responds with 401, 403, 413 and 415, and 422 to unknown query parameters, before FastAPI parses the request."""

    max_bytes = MAX_BODY_BYTES
    media_type = _JSON

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle: Handler = super().get_route_handler()
        takes_body = self.body_field is not None
        parameters = _query_parameters(self)
        action = action_of(self)

        async def checked(request: Request) -> Response:
            await authenticate(request, action)
            require_known(request.query_params, parameters)
            if takes_body and _has_body(request):
                _require_media_type(request, self.media_type)
            return await handle(Request(request.scope, _limited(request.receive, self.max_bytes)))

        return checked


class FileRoute(KeyedRoute):
    """Takes small files inside of JSON."""

    max_bytes = MAX_FILE_BODY_BYTES


class UploadRoute(KeyedRoute):
    """Takes a file as a part of a form."""

    max_bytes = _MAX_UPLOAD_BYTES
    media_type = _FORM


def action_of(route: APIRoute) -> Scope | None:
    """Return what callers of a route need to be allowed; None where any key will do.

    Raises TypeError for a route that does not say so: one without a dependency of functions.api.auth.
    """
    declared = [
        dependency.own_oauth_scopes for dependency in route.dependant.dependencies if dependency.call is identified
    ]
    if len(declared) != 1:
        raise TypeError(f"{route.path} does not say what its callers need to be allowed")
    scopes = declared[0] or []
    return Scope(scopes[0]) if scopes else None


def _query_parameters(route: APIRoute) -> set[str]:
    fields = ((field.alias, field.field_info) for field in get_flat_params(route.dependant))
    return {alias for alias, info in fields if isinstance(info, Param) and info.in_ is ParamTypes.query}


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _require_media_type(request: Request, wanted: re.Pattern[str]) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not wanted.fullmatch(media_type):
        raise HTTPException(415, _SAID[wanted])


def _limited(receive: Receive, max_bytes: int) -> Receive:
    """Count the bytes that come: a Content-Length may be wrong, and a chunked body has none. Raises HTTPException."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise HTTPException(413)
        return message

    return counted
