"""The context of a request: its id, its caller, and its line in the access log."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.correlation import correlated
from gateway.store.ids import new_id
from gateway.store.limits import Allowance

log = logging.getLogger(__name__)

# Safe in a header, a path and a log line.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._=:-]{1,128}")


@dataclass(slots=True)
class RequestContext:
    """Filled while the request is handled: first the id, later whose key it is and what the key may still do."""

    request_id: str
    key_id: UUID | None = None
    allowance: Allowance | None = None
    started: float = field(default_factory=time.perf_counter)
    status: int = 0


def request_context(scope: Scope) -> RequestContext:
    """Return the context of a request."""
    context = scope["gateway.context"]
    assert isinstance(context, RequestContext)  # noqa: S101 - put there by RequestContextMiddleware
    return context


class RequestContextMiddleware:
    """The outermost layer: gives a request its id, and logs one line about it when it is over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = scope["gateway.context"] = RequestContext(_request_id(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                _set_headers(message, context)
            await send(message)

        with correlated(context.request_id):
            try:
                await self._app(scope, receive, send_with_headers)
            finally:
                _log_request(scope, context)


def _log_request(scope: Scope, context: RequestContext) -> None:
    fields = {
        "method": scope["method"],
        # The route's template and not the path: paths hold phone numbers.
        "route": str(getattr(scope.get("route"), "path_format", "unmatched")),
        "status": context.status,
        "duration_ms": round((time.perf_counter() - context.started) * 1000, 1),
        "request_id": context.request_id,
        "key_id": str(context.key_id) if context.key_id else None,
    }
    log.info("request", extra=fields)


def _request_id(scope: Scope) -> str:
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    if _REQUEST_ID.fullmatch(given):
        return given
    event: dict[str, Any] = scope.get("aws.event") or {}
    return str(event.get("requestContext", {}).get("requestId") or new_id())


def _set_headers(message: Message, context: RequestContext) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-ID"] = context.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    if context.key_id is not None:
        headers["Cache-Control"] = "no-store"
    if (allowance := context.allowance) is not None:
        headers["RateLimit-Policy"] = f'"default";q={allowance.per_minute};w=60'
        headers["RateLimit"] = f'"default";r={allowance.remaining};t={int(allowance.reset_seconds + 0.999)}'
