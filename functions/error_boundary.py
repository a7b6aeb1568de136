"""The innermost layer of an HTTP app: an unexpected error gets a response, and is logged without its text."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry import log_failure

log = logging.getLogger(__name__)


class ErrorBoundary:
    """Belongs inside the layers that add headers to responses, so that browsers can read this one too."""

    def __init__(self, app: ASGIApp, respond: Callable[[Request], Response]) -> None:
        self._app = app
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_remember(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_remember)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            log_failure(log, error)
            await self._respond(Request(scope))(scope, receive, send)
