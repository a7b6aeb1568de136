"""The routes of API Gateway's WebSocket API: $connect, $disconnect, and $default for all that clients send."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import psycopg
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.websocket.answering import Answerer
from functions.websocket.api import Api
from gateway.aws.queues import PushQueue
from gateway.domain.errors import Forbidden, GatewayError, RateLimited, Unauthenticated
from gateway.function_database import open_database
from gateway.setting_types import split_keys
from gateway.settings import WebSocketSettings
from gateway.store.api_keys import is_one
from gateway.store.failures import Cause, cause_of
from gateway.telemetry import adopt, log_failure, metrics, traced
from gateway.tokens import Tokens

_log = adopt("functions", "websocket")
_metrics = metrics()
_STATUS: dict[type[GatewayError], int] = {Unauthenticated: 401, Forbidden: 403, RateLimited: 429}


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return what API Gateway answers: to $connect the handshake's status, to others a message."""
    context = event["requestContext"]
    try:
        return _route(context["routeKey"], context["connectionId"], event)
    except psycopg.OperationalError as error:
        if cause_of(error) is Cause.DATA:
            raise
        log_failure(_log, error, connection_id=context["connectionId"])
        detail = "The gateway cannot reach its database right now; try again shortly."
        return _response(503, {"type": "error", "code": "database_unavailable", "detail": detail})


def _route(route: str, connection_id: str, event: dict[str, Any]) -> dict[str, Any]:
    answerer = _answerer()
    if route == "$connect":
        try:
            answerer.connect(connection_id, _credential(event))
        except (Unauthenticated, Forbidden, RateLimited) as error:
            return _response(_STATUS[type(error)], {"code": error.code, "detail": str(error)})
        return {"statusCode": 200}
    if route == "$disconnect":
        answerer.disconnect(connection_id)
        return {"statusCode": 200}
    return _response(200, answerer.answer(connection_id, event.get("body") or ""))


def _response(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(body, ensure_ascii=False)}


def _credential(event: dict[str, Any]) -> str | None:
    """Return the key in the header, or the token there or in the query. Raises Unauthenticated for a key there."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if key := headers.get("x-api-key"):
        return str(key)
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text:
        return str(text).strip()
    token = (event.get("queryStringParameters") or {}).get("token")
    if token and is_one(token):
        raise Unauthenticated("A key does not belong into an address: make a token of it, with POST /tokens.")
    return str(token) if token else None


@cache
def _answerer() -> Answerer:
    settings = WebSocketSettings()  # read from the environment
    database = open_database(settings, "websocket")
    tokens = Tokens(split_keys(settings.token_keys))
    queue = PushQueue(settings.queue_prefix)
    return Answerer(database, tokens, Api(settings.api_url, tokens), queue, settings.requests_per_minute)
