from __future__ import annotations

import pytest

from tests.integration.api.server import Api

ORIGIN = "http://localhost:3000"


def preflight(api: Api, origin: str, header: str = "x-api-key,idempotency-key,content-type") -> dict[str, str]:
    answer = api.http.options(
        "/sessions",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": header,
        },
    )
    return dict(answer.headers)


def test_a_configured_origin_may_ask_and_read(api: Api) -> None:
    assert preflight(api, ORIGIN)["access-control-allow-origin"] == ORIGIN
    answer = api.request("GET", "/sessions", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"]
    for header in ("Retry-After", "Location", "X-Request-ID", "RateLimit", "Idempotency-Replayed"):
        assert header in exposed
    assert "access-control-allow-credentials" not in answer.headers


def test_a_browser_can_read_why_it_was_refused(api: Api) -> None:
    answer = api.http.get("/sessions", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["http://localhost:3001", "https://localhost:3000", "null", "http://evil.example"])
def test_no_other_origin_may(api: Api, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(api, origin)
    assert "Access-Control-Allow-Origin" not in api.request("GET", "/sessions", headers={"Origin": origin}).headers
