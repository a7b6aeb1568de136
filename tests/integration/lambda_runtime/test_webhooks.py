"""The webhooks function's package, fed by SQS."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gateway.store.ids import new_id
from infra.local.database import DatabaseUrls
from tests.integration.lambda_runtime.conftest import Event, Start
from tests.integration.lambda_runtime.runtime import Function
from tests.stack import Stack

# It takes a package to be built.
pytestmark = pytest.mark.slow

MakeEvent = Callable[..., Event]


@pytest.fixture(scope="module")
def webhooks(start: Start, module_database: DatabaseUrls, stack: Stack) -> Function:
    return start("webhooks", {"GATEWAY_DATABASE_URL": module_database.webhooks, **stack.queues().environment})


def test_only_what_cannot_be_read_is_given_back(webhooks: Function, sqs_event: MakeEvent) -> None:
    known = json.dumps({"webhookId": str(new_id())})
    answer = webhooks.invoke(sqs_event("Hello from SQS!", known, json.dumps({"log": "events"})))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
