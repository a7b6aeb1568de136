"""The innermost layer: what nobody foresaw is answered as a problem and logged without its text."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.context import log_failure, request_context
from functions.api.problems import problem
from gateway.telemetry import logger


class Failures:
    """Sits inside CORS, so that a browser can read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = logger("api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            log_failure(self._log, error, request_context(scope))
            answer = problem(Request(scope), 500, "internal_error", "Something went wrong here; it has been logged.")
            await answer(scope, receive, send)
