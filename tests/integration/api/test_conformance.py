"""Bad input of every kind, made from the OpenAPI document: no 5xx, and every answer is one that the document names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from functions.api.openapi import FILE
from gateway.store.ids import new_id
from tests.integration.api.server import BOB, Api, Owner, Parts

# The server runs in this process: its threads use `random` while cases are made.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]

# An operation. `make test-all` asks for many, and for all that the document's limits suggest.
EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "6"))

schema = schemathesis.openapi.from_path(FILE)
schema.config.phases.coverage.enabled = "CONFORMANCE_EXAMPLES" in os.environ
of_things = schema.include(path_regex=r"\{session_id\}")

Scene = tuple[Api, Owner, str]


@pytest.fixture(scope="module")
def scene(parts: Parts) -> Iterator[Scene]:
    """A linked session with a message, a key for everything, and a wait that ends at once."""
    with parts.api(send_wait_seconds=0) as api:
        owner = api.linked_session()
        yield api.with_key(parts.issue(None).text), owner, str(owner.receive("hello", sender=BOB))


bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def call(case: schemathesis.Case[Any], api: Api) -> Any:
    """Ask the API; without headers that frame a request, which the server before it takes or refuses."""
    for name in [name for name in case.headers if name.lower() in ("transfer-encoding", "content-length")]:
        del case.headers[name]
    return case.call(base_url=str(api.http.base_url), headers={"X-API-Key": api.key})


def anywhere(case: schemathesis.Case[Any], scene: Scene) -> None:
    """The case as it was made: what it violates must be refused."""
    api, _, _ = scene
    answer = call(case, api)
    case.validate_response(answer, checks=[*CHECKS, negative_data_rejection])


def on_what_exists(case: schemathesis.Case[Any], scene: Scene) -> None:
    """The case put to a session, a message and a chat that exist."""
    api, owner, message_id = scene
    known = {"session_id": str(owner.session_id), "message_id": message_id, "chat": BOB.phone_number}
    if case.method != "DELETE":
        case.path_parameters = {name: known.get(name, str(new_id())) for name in case.path_parameters}
    answer = call(case, api)
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.timeout(600)
@schema.parametrize()
@bounded
def test_any_input_is_answered_as_documented(case: schemathesis.Case[Any], scene: Scene) -> None:
    anywhere(case, scene)


@pytest.mark.timeout(600)
@of_things.parametrize()
@bounded
def test_any_input_about_what_exists_is_answered_as_documented(case: schemathesis.Case[Any], scene: Scene) -> None:
    on_what_exists(case, scene)
