from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import Request

from functions.api.http.context import RequestContext
from functions.api.http.problems import Problem, from_error
from functions.api.http.titles import TITLES
from gateway.client.errors import _BY_CODE
from gateway.domain import errors
from gateway.domain.errors import GatewayError


@pytest.fixture
def request_() -> Request:
    return Request({"type": "http", "headers": [], "gateway.context": RequestContext("req 1")})


def answered(request: Request, error: GatewayError) -> tuple[int, dict[str, Any], dict[str, str]]:
    answer = from_error(request, error)
    return answer.status_code, json.loads(bytes(answer.body)), dict(answer.headers)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.Unauthenticated("no"), 401, "unauthenticated"),
        (errors.NotFound("session"), 404, "not_found"),
        (errors.Conflict("not_failed", "no"), 409, "conflict"),
        (errors.SessionCannotSend("not_linked", "no"), 409, "session_cannot_send"),
        (errors.InvalidInput("text", "no"), 422, "invalid_input"),
        (errors.InvalidPhoneNumber("to", "no"), 422, "invalid_phone_number"),
        (errors.IdempotencyConflict(), 422, "idempotency_conflict"),
        (errors.NotOnWhatsApp(), 422, "not_on_whatsapp"),
        (errors.RefusedByWhatsApp("no"), 422, "refused_by_whatsapp"),
        (errors.FileRejected("needs_transcoding", "no"), 422, "media_rejected"),
        (errors.RateLimited("session", "no", 0.001), 429, "rate_limited"),
        (errors.SendFailed("expired", "no"), 409, "send_failed"),
        (errors.SendFailed("something_new", "no"), 502, "send_failed"),
    ],
)
def test_an_error_of_the_domain_has_a_status_and_keeps_its_code(
    request_: Request, error: GatewayError, status: int, code: str
) -> None:
    answered_status, problem, headers = answered(request_, error)
    assert Problem.model_validate(problem).status == answered_status == status
    assert problem["code"] == code
    assert problem["title"] == TITLES[code]
    assert problem["type"].endswith(f":{code}")
    assert problem["instance"] == "/requests/req%201"
    assert headers["content-type"] == "application/problem+json"


def test_every_problem_code_has_a_title_of_its_own() -> None:
    assert TITLES.keys() == _BY_CODE.keys()
    assert len(set(TITLES.values())) == len(TITLES)


@pytest.mark.parametrize(("wait", "header"), [(0.001, "1"), (1.0, "1"), (12.2, "13")])
def test_retry_after_is_whole_seconds_rounded_up(request_: Request, wait: float, header: str) -> None:
    assert answered(request_, errors.RateLimited("session", "no", wait))[2]["retry-after"] == header


def test_errors_that_are_ours_to_make_are_not_answered_but_raised(request_: Request) -> None:
    for error in (errors.LeaseLost("no"), errors.ForbiddenMove("no")):
        with pytest.raises(type(error)):
            from_error(request_, error)
