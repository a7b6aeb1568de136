"""Each function's package as it is deployed, for arm64, answers an event."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.store.ids import new_id
from infra.aws.package import CONNECTOR, GROUPS
from infra.local.database import DatabaseUrls
from infra.local.websocket.events import message_event, new_connection_id
from tests.arm64 import Arm64, prepare_or_skip
from tests.emulation import PATIENCE_SECONDS
from tests.integration.lambda_runtime.conftest import Event
from tests.integration.lambda_runtime.runtime import running
from tests.stack import TOKEN_KEYS, Stack

# It takes packages to be built, and an emulator.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * PATIENCE_SECONDS)]

MakeEvent = Callable[..., Event]


@pytest.fixture(scope="session")
def arm64(tmp_path_factory: pytest.TempPathFactory) -> Arm64:
    return prepare_or_skip(tmp_path_factory)


@pytest.fixture(scope="module")
def environments(module_database: DatabaseUrls, stack: Stack) -> dict[str, dict[str, str]]:
    """What each function is told."""
    queues = stack.queues().environment
    functions = {**module_database.functions_environment, **queues, **TOKEN_KEYS}
    return {
        "api": functions,
        "explorer": {"GATEWAY_COOKIE_KEYS": "x" * 64, "GATEWAY_EXPLORER_HOSTS": "gateway.example"},
        "media": {**module_database.media_environment, **queues},
        "migrate": {"GATEWAY_DATABASE_URL": module_database.admin, **queues},
        "pushes": functions,
        "replies": {**module_database.replies_environment, **queues, "GATEWAY_MODEL_API_KEY": "none"},
        "sweeper": {**module_database.sweeper_environment, **queues},
        "webhooks": {**module_database.webhooks_environment, **queues},
        "websocket": functions,
    }


@pytest.fixture
def events(http_event: MakeEvent, sqs_event: MakeEvent) -> dict[str, tuple[Event, Any]]:
    """An event of each function, and its answer or what that holds."""
    unread = {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    return {
        "api": (http_event("GET", "/health"), {"statusCode": 200}),
        "explorer": (http_event("GET", "/explorer", host="gateway.example"), {"statusCode": 303}),
        "media": (sqs_event("no doorbell", json.dumps({"mediaId": str(new_id())})), unread),
        "migrate": ({"action": "listKeys"}, []),
        "pushes": (sqs_event("{}"), {"batchItemFailures": []}),
        "replies": (sqs_event("no doorbell", json.dumps({"turnId": str(new_id())})), unread),
        "sweeper": ({}, {"commands_rung": 0}),
        "webhooks": (sqs_event("no doorbell", json.dumps({"webhookId": str(new_id())})), unread),
        "websocket": (message_event(new_connection_id(), '{"action": "ping"}'), {"statusCode": 200}),
    }


@pytest.mark.parametrize("name", [name for name in GROUPS if name != CONNECTOR])
def test_a_function_answers_on_arm64(
    name: str,
    arm64: Arm64,
    environments: dict[str, dict[str, str]],
    events: dict[str, tuple[Event, Any]],
    tmp_path: Path,
) -> None:
    directory = arm64.packaged(name)
    emulated = {
        # What is not compiled yet is compiled once for all: the emulator is slow at it.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPATH": f"{directory}:{arm64.runtime_client}",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(int(PATIENCE_SECONDS)),
    }
    log = tmp_path / "function.log"
    event, expected = events[name]
    with running(directory, name, {**environments[name], **emulated}, log, arm64.python) as function:
        answer = replace(function, patience_seconds=PATIENCE_SECONDS).invoke(event)
    held = expected.items() <= answer.items() if isinstance(expected, dict) else answer == expected
    assert held, (answer, log.read_text()[-2000:])
