"""The replies function's package, fed by SQS."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gateway.store.ids import new_id
from infra.local.database import DatabaseUrls
from tests.integration.lambda_runtime.conftest import Event, Start
from tests.integration.lambda_runtime.runtime import Function, FunctionError
from tests.stack import Stack

# It takes a package to be built.
pytestmark = pytest.mark.slow

MakeEvent = Callable[..., Event]


@pytest.fixture(scope="module")
def replies(start: Start, module_database: DatabaseUrls, stack: Stack) -> Function:
    environment = {"GATEWAY_DATABASE_URL": module_database.replies, "GATEWAY_MODEL_API_KEY": "none"}
    return start("replies", {**environment, **stack.queues().environment})


def test_only_what_cannot_be_read_is_given_back(replies: Function, sqs_event: MakeEvent) -> None:
    known = json.dumps({"turnId": str(new_id())})
    answer = replies.invoke(sqs_event("Hello from SQS!", known))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_what_is_no_event_of_sqs_fails_clearly(replies: Function) -> None:
    with pytest.raises(FunctionError, match="Unexpected batch event type"):
        replies.invoke({"not": "an event"})
