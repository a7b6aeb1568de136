"""The sweeper's package, woken by the scheduler."""

from __future__ import annotations

import json

import pytest

from gateway.metrics import Metric
from infra.local.database import DatabaseUrls
from tests.integration.lambda_runtime.conftest import Start
from tests.integration.lambda_runtime.runtime import Function
from tests.stack import Stack

# It takes a package to be built.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sweeper(start: Start, module_database: DatabaseUrls, stack: Stack) -> Function:
    return start("sweeper", {"GATEWAY_DATABASE_URL": module_database.sweeper, **stack.queues().environment})


def test_it_does_all_its_tasks_and_writes_every_gauge(sweeper: Function) -> None:
    done = sweeper.invoke({})
    assert done["commands_rung"] == done["turns_rung"] == 0
    (written,) = [json.loads(line) for line in sweeper.log.read_text().splitlines() if '"SessionsConnected"' in line]
    # What its tasks count beside is no gauge.
    gauges = [metric for metric in Metric if metric is not Metric.DELIVERIES_DROPPED]
    assert done["measured"] == sum(metric.value in written for metric in gauges)
    assert "_aws" in written
