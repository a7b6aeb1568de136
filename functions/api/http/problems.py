"""RFC 9457 problems: the only place where errors of the domain become HTTP responses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from functions.api.http.context import request_context
from functions.api.http.titles import title_of
from gateway.aws.encryption import EncryptionUnavailable
from gateway.aws.media_storage import StorageUnavailable
from gateway.domain.commands import CommandError
from gateway.domain.errors import (
    Conflict,
    CursorExpired,
    FileRejected,
    Forbidden,
    GatewayError,
    IdempotencyConflict,
    InvalidInput,
    MediaUnavailable,
    NotFound,
    NotOnWhatsApp,
    OperationRefused,
    RateLimited,
    RefusedByWhatsApp,
    SendFailed,
    Unauthenticated,
)
from gateway.domain.sentences import sentence
from gateway.store.failures import Cause, cause_of

MEDIA_TYPE = "application/problem+json"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_RETRY_UNAVAILABLE_SECONDS = 5
_RETRY_RESTARTING_SECONDS = 1
# By what the validator ends the place of a name in an object, where that is wrong and not what it names.
_KEY = "[key]"


class FieldError(BaseModel):
    """One wrong value; `field` is where it stood: a JSON path, a query parameter or a header."""

    field: str
    detail: str


class Problem(BaseModel):
    """What every error looks like; `code` is stable and made for programs, `detail` for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    request_id: str = Field(alias="requestId")
    errors: list[FieldError] | None = None


# Most specific first.
_STATUS: list[tuple[type[GatewayError], HTTPStatus]] = [
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (CursorExpired, HTTPStatus.GONE),
    (MediaUnavailable, HTTPStatus.GONE),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (IdempotencyConflict, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Conflict, HTTPStatus.CONFLICT),
    (RateLimited, HTTPStatus.TOO_MANY_REQUESTS),
    (NotOnWhatsApp, HTTPStatus.UNPROCESSABLE_ENTITY),
    (RefusedByWhatsApp, HTTPStatus.UNPROCESSABLE_ENTITY),
    (FileRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (OperationRefused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SendFailed, HTTPStatus.BAD_GATEWAY),
    (EncryptionUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (StorageUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
]

# Why a message was given up that no operator can mend: a 5xx would page one.
_ENDED_BY_CALLER = {
    CommandError.EXPIRED,
    CommandError.LOGGED_OUT,
    CommandError.DEVICE_CHANGED,
    CommandError.SESSION_DELETED,
}

# The code and the text; without one the text is the error's own.
_HTTP_CODES: dict[int, tuple[str, str | None]] = {
    400: ("malformed_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this path."),
    405: ("method_not_allowed", "This path does not know this method."),
    413: ("body_too_large", "The body of the request is too large."),
    415: ("unsupported_media_type", None),
}


def install(app: FastAPI) -> None:
    """Turn the errors of this app into problems; functions.error_boundary calls `unexpected` for all others."""
    app.add_exception_handler(GatewayError, _domain_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(psycopg.OperationalError, _database_unavailable)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
    **extensions: object,
) -> JSONResponse:
    """Return a problem as a response; `extensions` are further members of it."""
    request_id = request_context(request.scope).request_id
    body: dict[str, Any] = {
        "type": f"urn:whatsapp-gateway:problem:{code}",
        "title": title_of(code),
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"/requests/{quote(request_id)}",
        "requestId": request_id,
    }
    if errors:
        body["errors"] = [error.model_dump() for error in errors]
    body.update({name: value for name, value in extensions.items() if value is not None})
    return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)


def unexpected(request: Request) -> JSONResponse:
    """Return the problem of an error that was not foreseen."""
    return problem(request, 500, "internal_error", "Something went wrong here; it has been logged.")


def restarting(request: Request) -> JSONResponse:
    """Return the problem of a request that was still under way when its server ended."""
    detail = "This server ends, and did not wait for it; ask again, with the same Idempotency-Key."
    return problem(request, 503, "restarting", detail, headers={"Retry-After": str(_RETRY_RESTARTING_SECONDS)})


def from_error(request: Request, error: GatewayError, **extensions: object) -> JSONResponse:
    """Return the problem of an error of the domain. One without a status of its own is a bug and is raised again."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None:
        raise error
    if isinstance(error, SendFailed) and error.reason in _ENDED_BY_CALLER:
        status = HTTPStatus.CONFLICT
    return problem(
        request,
        status,
        error.code,
        str(error),
        errors=_field_errors(error),
        headers=_headers(error),
        reason=getattr(error, "reason", None),
        scope=getattr(error, "scope", None),
        **extensions,
    )


def _field_errors(error: GatewayError) -> list[FieldError] | None:
    if isinstance(error, InvalidInput):
        return [FieldError(field=error.field, detail=str(error))]
    if isinstance(error, NotFound | Forbidden | OperationRefused) and error.field:
        return [FieldError(field=error.field, detail=str(error))]
    if isinstance(error, NotOnWhatsApp):
        return [FieldError(field="to", detail=str(error))]
    if isinstance(error, FileRejected):
        return [FieldError(field="media", detail=str(error))]
    if isinstance(error, IdempotencyConflict):
        return [FieldError(field="Idempotency-Key", detail=str(error))]
    return None


def _headers(error: GatewayError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="whatsapp-gateway"'}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(math.ceil(error.retry_after))}
    if isinstance(error, EncryptionUnavailable | StorageUnavailable):
        return {"Retry-After": str(_RETRY_UNAVAILABLE_SECONDS)}
    return {}


async def _domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GatewayError)  # noqa: S101 - what it was registered for
    return from_error(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it was registered for
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(request, 400, "invalid_json", "The body is not valid JSON.")
    if any(item["loc"][0] == "path" for item in found):
        # An id that cannot be one must look like an id of somebody else.
        return from_error(request, NotFound(_missing_thing(found)))
    errors = [_error_of(item) for item in found]
    return problem(request, 422, InvalidInput.code, "The request has values that are not allowed.", errors=errors)


def _missing_thing(found: Sequence[Any]) -> str:
    names = {
        "session_id": "session", "message_id": "message", "chat": "chat", "key_id": "API key",
        "webhook_id": "webhook", "delivery_id": "delivery", "media_id": "file",
        "group": "group", "operation_id": "operation", "contact": "contact", "turn_id": "turn",
    }  # fmt: skip
    name = next(str(item["loc"][1]) for item in found if item["loc"][0] == "path")
    return names.get(name, "thing")


def _error_of(item: Mapping[str, Any]) -> FieldError:
    if item["loc"][-1] == _KEY:
        # The place ends with the name itself, whatever that is.
        said = {**item, "loc": item["loc"][:-2]}
        return FieldError(field=_field(said), detail=f"A name in it cannot be used. {sentence(said)}")
    return FieldError(field=_field(item), detail=sentence(item))


def _field(item: Mapping[str, Any]) -> str:
    """Return where the wrong value is; the tag of a union, which has a sign of its own, is no part of that."""
    parts = [str(part) for part in item["loc"][1:] if "=" not in str(part)]
    if item["type"] == "union_tag_invalid":
        parts.append(str(item["ctx"]["discriminator"]).strip("'"))
    return ".".join(parts) or str(item["loc"][0])


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was registered for
    code, detail = _HTTP_CODES.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase))
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else {}
    return problem(request, error.status_code, code, detail or error.detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    """Return every method of the path: a router only knows those of the first route that matched."""
    routes = request.app.router.routes
    return [
        method
        for method in _METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _database_unavailable(request: Request, error: Exception) -> JSONResponse:
    """What the database refuses for its content would be refused again: that is a bug, not an outage."""
    if cause_of(error) is Cause.DATA:
        raise error
    return problem(
        request,
        503,
        "database_unavailable",
        "The gateway cannot reach its database right now; try again shortly.",
        headers={"Retry-After": str(_RETRY_UNAVAILABLE_SECONDS)},
    )
