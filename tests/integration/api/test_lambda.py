"""The same API as a Lambda function: its handler, given the events that an API Gateway HTTP API sends."""

from __future__ import annotations

import base64
import importlib
import json
import logging
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.integration.api.server import Api, Parts
from tests.stack import TOKEN_KEYS

MODULES = ("functions.api.handler", "functions.api.app")

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


@dataclass
class Context(LambdaContext):
    """What the runtime tells a function."""

    _function_name: str = "api"
    _memory_limit_in_mb: int = 1024
    _invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:api"
    _aws_request_id: str = "lambda-request-1"


@pytest.fixture(scope="module")
def handler(parts: Parts, event_loop: AbstractEventLoop) -> Iterator[Handler]:
    with pytest.MonkeyPatch.context() as patch:
        # The entry point takes the packages' lines over; tests that come later read them where pytest does.
        for logger in map(logging.getLogger, ("functions", "gateway")):
            for attribute in ("handlers", "level", "propagate"):
                patch.setattr(logger, attribute, getattr(logger, attribute))
        settings = {**parts.urls.functions_environment, **TOKEN_KEYS, "GATEWAY_SEND_WAIT_SECONDS": "0.2"}
        for name, value in settings.items():
            patch.setenv(name, value)
        for name in MODULES:
            sys.modules.pop(name, None)
        module = importlib.import_module("functions.api.handler")
        yield module.handler
        importlib.import_module("functions.api.app")._database.close()
        for name in MODULES:
            sys.modules.pop(name)


def event(
    method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None, query: str = ""
) -> dict[str, Any]:
    """Payload format 2.0, as documented by AWS."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example", "x-forwarded-proto": "https", "x-forwarded-port": "443", **(headers or {})},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "21/Aug/2026:09:40:01 +0000",
            "timeEpoch": 1787304001000,
        },
        "body": body,
        "isBase64Encoded": False,
    }


def test_the_life_of_a_session(handler: Handler, api: Api) -> None:
    headers = {"x-api-key": api.key, "content-type": "application/json"}
    made = handler(event("POST", "/sessions", json.dumps({"sessionName": "λ"}), headers), Context())
    assert made["statusCode"] == 201
    session = json.loads(made["body"])
    location = made["headers"]["location"]
    assert location == f"/sessions/{session['id']}"
    listed = handler(event("GET", "/sessions", None, headers, "limit=5"), Context())
    assert json.loads(listed["body"])["sessions"] == [session]
    assert handler(event("POST", f"{location}/connect", None, headers), Context())["statusCode"] == 202
    owner = api.owner(session["id"])
    owner.link()
    body = base64.b64encode(json.dumps({"to": "+15550002002", "text": "x"}).encode()).decode()
    send = event("POST", f"{location}/messages", body, headers) | {"isBase64Encoded": True}
    answer = handler(send, Context())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (202, "queued")
    assert [command.correlation_id for command in owner.unfinished()] == ["JKJaXmPLvHcESHA="]


def test_the_request_id_is_that_of_the_gateway_in_front(handler: Handler) -> None:
    answer = handler(event("GET", "/sessions"), Context())
    problem = json.loads(answer["body"])
    assert answer["statusCode"] == problem["status"] == 401
    assert answer["headers"]["x-request-id"] == problem["requestId"] == "JKJaXmPLvHcESHA="
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert problem["instance"] == "/requests/JKJaXmPLvHcESHA%3D"


def test_health_and_the_document_are_served(handler: Handler) -> None:
    assert json.loads(handler(event("GET", "/health"), Context())["body"])["status"] == "ok"
    assert json.loads(handler(event("GET", "/openapi.json"), Context())["body"])["openapi"].startswith("3.")
    script = handler(event("GET", "/docs/assets/swagger-ui-bundle.js"), Context())
    assert len(script["body"]) < 6 * 2**20
