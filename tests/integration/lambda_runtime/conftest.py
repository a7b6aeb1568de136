"""Packages and events, shared by the tests of all functions."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.aws.tools import quiet_environment, tool
from tests.integration.lambda_runtime.runtime import Function, packaged, running

Event = dict[str, Any]
PackageOf = Callable[..., Path]
Start = Callable[[str, Mapping[str, str]], Function]


@pytest.fixture(scope="session")
def package_of(tmp_path_factory: pytest.TempPathFactory) -> PackageOf:
    """Return the directory of a function's package, built once for the whole run."""
    base = tmp_path_factory.getbasetemp()
    # Workers of xdist have a directory each below a common one.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packages"
    shared.mkdir(exist_ok=True)
    return partial(packaged, base=shared)


@pytest.fixture(scope="module")
def start(package_of: PackageOf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a function, which runs until the module ends."""
    with ExitStack() as ends:

        def start_one(name: str, environment: Mapping[str, str]) -> Function:
            log = tmp_path_factory.mktemp(name) / "function.log"
            return ends.enter_context(running(package_of(name), name, environment, log))

        yield start_one


def _generated(*arguments: str) -> Event:
    command = [tool("sam"), "local", "generate-event", *arguments]
    generated = subprocess.run(command, env=quiet_environment(), capture_output=True, text=True, check=True, timeout=60)
    event: Event = json.loads(generated.stdout)
    return event


@pytest.fixture(scope="session")
def http_event() -> Callable[..., Event]:
    """Return an event of API Gateway as SAM generates it, for a given request."""
    pattern = _generated("apigateway", "http-api-proxy")

    def make(method: str, path: str, body: Event | None = None, **headers: str) -> Event:
        event = copy.deepcopy(pattern)
        event |= {"rawPath": path, "rawQueryString": "", "queryStringParameters": {}, "isBase64Encoded": False}
        event |= {"headers": {"content-type": "application/json", **headers}, "cookies": []}
        event["body"] = json.dumps(body) if body is not None else None
        event["requestContext"]["http"] |= {"method": method, "path": path}
        return event

    return make


@pytest.fixture(scope="session")
def sqs_event() -> Callable[..., Event]:
    """Return an event of SQS as SAM generates it, with a record for each body."""
    pattern = _generated("sqs", "receive-message")

    def make(*bodies: str) -> Event:
        (record,) = pattern["Records"]
        return {"Records": [{**record, "messageId": f"message-{i}", "body": body} for i, body in enumerate(bodies)]}

    return make
