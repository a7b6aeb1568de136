"""The innermost layer of an HTTP app: an unexpected error gets a response, and is logged without its text."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry import log_failure

log = logging.getLogger(__name__)


class ErrorBoundary:
    """Belongs inside the layers that add headers to responses, so that browsers can read this one too.

    `respond_at_end` answers requests that a server cancels which ends and does not wait for them any longer.
    """

    def __init__(
        self,
        app: ASGIApp,
        respond: Callable[[Request], Response],
        respond_at_end: Callable[[Request], Response] | None = None,
    ) -> None:
        self._app = app
        self._respond = respond
        self._respond_at_end = respond_at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_and_remember(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_remember)
        except CancelledError:
            if scope["type"] != "http" or started or self._respond_at_end is None:
                raise
            await self._respond_at_end(Request(scope))(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            log_failure(log, error)
            await self._respond(Request(scope))(scope, receive, send)
