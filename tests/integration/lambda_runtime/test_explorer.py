"""The Explorer's package behind API Gateway."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.lambda_runtime.conftest import Event, Start
from tests.integration.lambda_runtime.runtime import Function

# It takes a package to be built.
pytestmark = pytest.mark.slow

MakeEvent = Callable[..., Event]


@pytest.fixture(scope="module")
def explorer(start: Start) -> Function:
    return start("explorer", {"GATEWAY_COOKIE_KEYS": "x" * 64, "GATEWAY_EXPLORER_HOSTS": "gateway.example"})


def test_it_asks_for_a_key_and_brings_its_own_styles(explorer: Function, http_event: MakeEvent) -> None:
    response = explorer.invoke(http_event("GET", "/explorer", host="gateway.example"))
    assert response["statusCode"] in (200, 303), response
    assert "content-security-policy" in response["headers"]


def test_another_host_is_refused(explorer: Function, http_event: MakeEvent) -> None:
    assert explorer.invoke(http_event("GET", "/explorer", host="evil.example"))["statusCode"] == 400
