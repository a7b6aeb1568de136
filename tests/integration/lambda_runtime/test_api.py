"""The API's package behind API Gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.domain.events import EventType
from gateway.store import events
from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local.database import DatabaseUrls
from tests.integration.lambda_runtime.conftest import Event, Start
from tests.integration.lambda_runtime.runtime import Function, FunctionError
from tests.stack import TOKEN_KEYS, Stack

# It takes a package to be built.
pytestmark = pytest.mark.slow

MakeEvent = Callable[..., Event]


@pytest.fixture(scope="module")
def api(start: Start, module_database: DatabaseUrls, stack: Stack) -> Function:
    queues = stack.queues()
    return start("api", {**module_database.functions_environment, **queues.environment, **TOKEN_KEYS})


@pytest.fixture(scope="module")
def key(module_database: DatabaseUrls) -> str:
    with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
        owner = new_id()
        return issue_key(connection, owner, "test", DEFAULT_USER_PROFILES).text


def _logged(function: Function, message: str) -> list[dict[str, Any]]:
    lines = [line for line in function.log.read_text().splitlines() if line.startswith("{")]
    return [entry for entry in map(json.loads, lines) if entry.get("message") == message]


def test_it_says_how_its_database_and_queues_are(api: Function, http_event: MakeEvent) -> None:
    response = api.invoke(http_event("GET", "/health"))
    assert response["statusCode"] == 200, response["body"]


def test_it_makes_a_session(api: Function, http_event: MakeEvent, key: str) -> None:
    response = api.invoke(http_event("POST", "/sessions", {"sessionName": "flat 3"}, **{"x-api-key": key}))
    assert response["statusCode"] == 201
    assert json.loads(response["body"])["sessionName"] == "flat 3"


def test_a_path_that_does_not_exist_is_a_problem_of_ours(api: Function, http_event: MakeEvent) -> None:
    response = api.invoke(http_event("GET", "/nowhere"))
    assert response["statusCode"] == 404
    assert response["headers"]["content-type"] == "application/problem+json"


def test_the_request_id_is_in_the_answer_and_in_every_line(api: Function, http_event: MakeEvent) -> None:
    response = api.invoke(http_event("GET", "/sessions", **{"x-request-id": "from-the-client"}))
    assert response["headers"]["x-request-id"] == "from-the-client"
    assert "from-the-client" in [entry["correlation_id"] for entry in _logged(api, "request")]


def test_answers_are_counted(api: Function, http_event: MakeEvent) -> None:
    api.invoke(http_event("GET", "/nowhere"))
    lines = [json.loads(line) for line in api.log.read_text().splitlines() if '"_aws"' in line]
    assert any("Responses4xx" in line for line in lines)
    assert {line["service"] for line in lines if "Responses4xx" in line} == {"whatsapp-gateway"}


def _messages(body: str) -> list[dict[str, str]]:
    """The messages of a stream: their fields by name."""
    return [dict(line.split(": ", 1) for line in part.split("\n")) for part in body.split("\n\n") if part]


def _stream(http_event: MakeEvent, key: str, last_id: str | None = None) -> Event:
    headers = {"x-api-key": key, **({"last-event-id": last_id} if last_id else {})}
    event = http_event("GET", "/events/stream", **headers)
    return event | {"queryStringParameters": None}


def test_a_stream_ends_in_time_and_who_comes_back_misses_nothing(
    api: Function, http_event: MakeEvent, key: str, module_database: DatabaseUrls
) -> None:
    """Behind API Gateway an answer takes 30 s at most, and arrives when it is over."""
    made = api.invoke(http_event("POST", "/sessions", {"sessionName": "flat 4"}, **{"x-api-key": key}))
    session_id = json.loads(made["body"])["id"]

    def emit() -> None:
        with psycopg.connect(module_database.admin, row_factory=dict_row) as connection:
            events.emit(connection, UUID(session_id), EventType.CHAT_READ, {"chatId": str(new_id())})

    begun = time.monotonic()
    quiet = api.invoke(_stream(http_event, key))
    assert 15 < time.monotonic() - begun < 26
    assert (quiet["statusCode"], quiet["isBase64Encoded"]) == (200, False)
    assert quiet["headers"]["content-type"].startswith("text/event-stream")
    assert not [message for message in _messages(quiet["body"]) if "data" in message]
    emit()
    cursor, seen = _messages(quiet["body"])[-1]["id"], []
    for _ in range(2):
        begun = time.monotonic()
        answer = _messages(api.invoke(_stream(http_event, key, cursor))["body"])
        assert time.monotonic() - begun < 10
        assert int(answer[0]["retry"]) < 1000
        seen += [json.loads(message["data"])["seq"] for message in answer if "data" in message]
        cursor = answer[-1]["id"]
        emit()
    with psycopg.connect(module_database.admin) as connection:
        logged = connection.execute(
            "SELECT seq FROM gateway.events WHERE session_id = %s ORDER BY seq LIMIT 2", [session_id]
        )
        assert seen == [seq for (seq,) in logged]


def test_what_is_no_event_of_api_gateway_fails_clearly(api: Function) -> None:
    with pytest.raises(FunctionError, match="unable to infer a handler"):
        api.invoke({"not": "an event"})
