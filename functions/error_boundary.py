"""The innermost layer of what answers HTTP: what nobody foresaw is answered, and logged without its text."""

from __future__ import annotations

from collections.abc import Callable

from aws_lambda_powertools import Logger
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.telemetry import log_failure


class ErrorBoundary:
    """Sits inside what marks answers with headers, so that browsers can read this one too."""

    def __init__(self, app: ASGIApp, log: Logger, answer: Callable[[Request], Response]) -> None:
        self._app = app
        self._log = log
        self._answer = answer

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
            log_failure(self._log, error)
            await self._answer(Request(scope))(scope, receive, send)
