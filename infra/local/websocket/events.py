"""What API Gateway passes to a function about a WebSocket connection.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any

from aiohttp import web

API_ID = "local"
STAGE = "local"


def new_connection_id() -> str:
    """Return an id of the form that API Gateway gives."""
    return base64.b64encode(secrets.token_bytes(11)).decode()


def connect_event(connection_id: str, request: web.Request) -> dict[str, Any]:
    event: dict[str, Any] = {
        "headers": dict(request.headers),
        "multiValueHeaders": {name: request.headers.getall(name) for name in request.headers},
        "requestContext": _context("$connect", "CONNECT", connection_id),
        "isBase64Encoded": False,
    }
    # API Gateway leaves them out where there are none.
    if request.query:
        event["queryStringParameters"] = dict(request.query)
        event["multiValueQueryStringParameters"] = {name: request.query.getall(name) for name in request.query}
    return event


def message_event(connection_id: str, body: str) -> dict[str, Any]:
    context = _context("$default", "MESSAGE", connection_id)
    return {"requestContext": {**context, "messageId": new_connection_id()}, "body": body, "isBase64Encoded": False}


def disconnect_event(connection_id: str, code: int, reason: str) -> dict[str, Any]:
    context = _context("$disconnect", "DISCONNECT", connection_id)
    return {
        "headers": {},
        "requestContext": {**context, "disconnectStatusCode": code, "disconnectReason": reason},
        "isBase64Encoded": False,
    }


def _context(route: str, kind: str, connection_id: str) -> dict[str, Any]:
    return {
        "routeKey": route,
        "eventType": kind,
        "connectionId": connection_id,
        "requestId": new_connection_id(),
        "extendedRequestId": new_connection_id(),
        "messageDirection": "IN",
        "apiId": API_ID,
        "stage": STAGE,
        "domainName": "localhost",
        "requestTimeEpoch": round(time.time() * 1000),
        "identity": {"sourceIp": "127.0.0.1"},
    }
