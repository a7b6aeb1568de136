"""The Explorer as a Lambda function, called with the events of an API Gateway HTTP API."""

from __future__ import annotations

import importlib
import re
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.people import Api

MODULES = ("functions.explorer.handler", "functions.explorer.app")
HOST = "gateway.example"

Invoke = Callable[..., dict[str, Any]]


@dataclass
class Context(LambdaContext):
    """The context that the runtime passes to a function."""

    _function_name: str = "explorer"
    _memory_limit_in_mb: int = 1024
    _invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:explorer"
    _aws_request_id: str = "lambda-request-1"


@pytest.fixture(scope="module")
def invoke(api: Api, event_loop: AbstractEventLoop) -> Iterator[Invoke]:
    environment = {"GATEWAY_API_URL": api.url, "GATEWAY_COOKIE_KEYS": "k" * 32, "GATEWAY_EXPLORER_HOSTS": HOST}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "POWERTOOLS_TRACE_DISABLED": "true"}.items():
            patch.setenv(name, value)
        for name in MODULES:
            sys.modules.pop(name, None)
        handler = importlib.import_module(MODULES[0]).handler
        yield lambda *arguments, **more: handler(event(*arguments, **more), Context())
        importlib.import_module(MODULES[1]).app.state.transport.close()
        for name in MODULES:
            sys.modules.pop(name)


def event(method: str, path: str, cookies: list[str] | None = None, **fields: str) -> dict[str, Any]:
    """Return an event of payload format 2.0, as documented by AWS; `fields` are those of a form."""
    headers = {"host": HOST, "origin": f"https://{HOST}", "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "tests"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "cookies": cookies or [],
        "headers": {**headers, "content-type": "application/x-www-form-urlencoded"},
        "requestContext": {"domainName": HOST, "http": http, "requestId": "r", "stage": "$default"},
        "body": urlencode(fields) if fields else None,
        "isBase64Encoded": False,
    }


def test_a_user_signs_in_and_creates_a_session(invoke: Invoke, api: Api) -> None:
    signed_in = invoke("POST", "/explorer/sign-in", key=api.key())
    assert (signed_in["statusCode"], signed_in["headers"]["location"]) == (303, "/explorer/connection")
    [cookie] = signed_in["cookies"]
    assert "Secure" in cookie
    cookies = [cookie.partition(";")[0]]
    page = invoke("GET", "/explorer/connection", cookies)
    assert page["statusCode"] == 200
    assert "max-age=" in page["headers"]["strict-transport-security"]
    assert "Try it" not in page["body"]
    token = re.findall(r'name="token" value="([^"]+)"', page["body"])[0]
    created = invoke("POST", "/explorer/sessions", cookies, name="From Lambda", token=token)
    assert created["statusCode"] == 303
    assert "From Lambda" in invoke("GET", "/explorer/connection", cookies)["body"]


@pytest.mark.parametrize("name", ["explorer.css", "js/main.js", "icon.svg"])
def test_files_are_served_as_they_are(invoke: Invoke, name: str) -> None:
    response = invoke("GET", f"/explorer/static/{name}")
    assert (response["statusCode"], response["isBase64Encoded"]) == (200, False)


def test_there_is_no_one_click_sign_in_and_no_phones(invoke: Invoke) -> None:
    assert "Use the key of this machine" not in invoke("GET", "/explorer/sign-in")["body"]
    assert invoke("GET", "/explorer/try-it")["statusCode"] == 404
