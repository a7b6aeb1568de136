"""The REST API, where what is done over a WebSocket is done as everybody else does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from functions.websocket.requests import Send
from gateway.domain.access import Scope
from gateway.domain.errors import GatewayError
from gateway.store.push_connections import PushConnection
from gateway.tokens import Token, Tokens

# API Gateway gives up on the function after 29 s; the API waits 10 s for WhatsApp.
_TIMEOUT_SECONDS = 25.0
_TOKEN_SECONDS = 60


class ApiUnavailable(GatewayError):
    """The API did not answer: whether the message is sent is not known."""

    code = "api_unavailable"

    def __init__(self) -> None:
        super().__init__("The gateway's API did not answer: send it again with the same idempotencyKey.")


class Api:
    """`url` is the address of the REST API."""

    def __init__(self, url: str, tokens: Tokens) -> None:
        self._tokens = tokens
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS)

    def send(self, connection: PushConnection, request: Send) -> tuple[int, dict[str, Any]]:
        """Return status and body of the API's answer, with the rights of the connection. Raises ApiUnavailable."""
        text, _ = self._tokens.issue(_rights(connection, request.session_id), _TOKEN_SECONDS)
        headers = {"Authorization": f"Bearer {text}"}
        if request.idempotency_key:
            headers["Idempotency-Key"] = request.idempotency_key
        try:
            path = f"/sessions/{request.session_id}/messages"
            answer = self._http.post(path, json=request.message, headers=headers)
            return answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError):
            raise ApiUnavailable from None


def _rights(connection: PushConnection, session_id: UUID) -> Token:
    """Return a token for one session, with no more rights than the connection's own."""
    own = connection.token
    if own is None:
        return Token(connection.key_id, frozenset([Scope.SEND]), frozenset([session_id]))
    return Token(connection.key_id, own.scopes & {Scope.SEND}, own.session_ids & {session_id})
