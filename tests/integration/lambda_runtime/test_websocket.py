"""The packages of the WebSocket API's functions, with the events that API Gateway and SQS send."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls
from infra.local.websocket.events import message_event, new_connection_id
from tests.integration.lambda_runtime.conftest import Event, Start
from tests.integration.lambda_runtime.runtime import Function
from tests.stack import TOKEN_KEYS, Stack

# It takes packages to be built.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(module_database: DatabaseUrls, stack: Stack) -> dict[str, str]:
    return {**module_database.functions_environment, **stack.queues().environment, **TOKEN_KEYS}


@pytest.fixture(scope="module")
def websocket(start: Start, environment: dict[str, str]) -> Function:
    return start("websocket", environment)


@pytest.fixture(scope="module")
def key(module_database: DatabaseUrls) -> str:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        return issue_key(connection, new_id(), "test", DEFAULT_USER_PROFILES).text


def _connected(key: str) -> Event:
    event = message_event(new_connection_id(), "")
    event["requestContext"] |= {"routeKey": "$connect", "eventType": "CONNECT"}
    return {**event, "headers": {"X-API-Key": key}}


def _ask(function: Function, connected: Event, **request: Any) -> dict[str, Any]:
    event = message_event(connected["requestContext"]["connectionId"], json.dumps(request))
    answer: dict[str, Any] = json.loads(function.invoke(event)["body"])
    return answer


def test_a_client_connects_subscribes_and_goes(websocket: Function, key: str) -> None:
    connected = _connected(key)
    assert websocket.invoke(connected) == {"statusCode": 200}
    assert _ask(websocket, connected, action="ping")["type"] == "pong"
    assert _ask(websocket, connected, action="subscribe")["type"] == "subscribed"
    assert _ask(websocket, connected, action="dance")["type"] == "error"
    gone = {**connected, "requestContext": {**connected["requestContext"], "routeKey": "$disconnect"}}
    assert websocket.invoke(gone) == {"statusCode": 200}
    assert _ask(websocket, connected, action="ping")["code"] == "not_found"


def test_a_wrong_key_is_refused_and_not_logged(websocket: Function, key: str) -> None:
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert websocket.invoke(_connected(wrong))["statusCode"] == 401
    assert wrong not in websocket.log.read_text()


def test_a_run_without_subscribers_ends_at_once(
    start: Start, environment: dict[str, str], sqs_event: Callable[..., Event]
) -> None:
    assert start("pushes", environment).invoke(sqs_event("{}")) == {"batchItemFailures": []}
