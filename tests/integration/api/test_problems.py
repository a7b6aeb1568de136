from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from functions.api.http.routing import MAX_BODY_BYTES
from functions.api.openapi import FILE
from gateway.domain.access import Scope
from tests.documents import blocks
from tests.integration.api.server import Api, Owner, Parts

JSON_TYPE = {"Content-Type": "application/json"}


def test_a_problem_names_its_request(api: Api) -> None:
    answer = api.request("GET", "/sessions/none", headers={"X-Request-ID": "my-request.1"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == "my-request.1"
    assert answer.json() == {
        "type": "urn:whatsapp-gateway:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such session.",
        "code": "not_found",
        "instance": "/requests/my-request.1",
        "requestId": "my-request.1",
    }


def test_the_example_of_the_page_is_what_is_answered(api: Api) -> None:
    [example] = [json.loads(block.code) for block in blocks("json", "docs/api.md")]
    session_id = api.request("POST", "/sessions", json={"sessionName": "office"}).json()["id"]
    answer = api.request(
        "POST",
        f"/sessions/{session_id}/messages",
        json={"to": "the tenant", "text": "x"},
        headers={"X-Request-ID": example["requestId"]},
    )
    assert answer.json() == example


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "a/b", "<script>"])
def test_a_request_without_a_sound_id_gets_one(api: Api, given: str | None) -> None:
    answer = api.request("GET", "/sessions", headers={"X-Request-ID": given} if given is not None else {})
    assert answer.headers["X-Request-ID"] not in ("", given)


@pytest.mark.parametrize("path", ["/nothing", "/sessions/", "/v1/sessions", "/sessions/x/y", "/%00"])
def test_what_is_not_there_is_a_404(api: Api, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


ABOUT_IDS = [
    (method, path, parameter["name"])
    for path, operations in json.loads(FILE.read_text(encoding="utf-8"))["paths"].items()
    for method, operation in operations.items()
    if method in ("get", "delete") and "requestBody" not in operation
    for parameter in operation.get("parameters", ())
    if parameter["in"] == "path" and parameter["schema"].get("format") == "uuid"
]


@pytest.mark.parametrize(("method", "path", "name"), ABOUT_IDS)
def test_what_cannot_be_an_id_looks_like_one_of_somebody_else(api: Api, method: str, path: str, name: str) -> None:
    api = api.with_key(api.parts.issue(api.user, tuple(Scope)).text)
    webhook = api.post("/webhooks", {"url": "https://app.example/hook"}).json()["id"]
    known = {"session_id": api.new_session(), "webhook_id": webhook}
    said = set()
    for id in ("x", str(uuid4())):
        ids = {each: str(uuid4()) for each in re.findall(r"\{(\w+)\}", path)} | known | {name: id}
        answer = api.request(method, path.format(**ids))
        said.add((answer.status_code, answer.json()["detail"]))
    # Beside words that have a path of their own, such as `uploads`, only an id has this one.
    said.discard((404, "There is nothing at this path."))
    assert [status for status, _ in said] == [404], said


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/sessions", "GET, POST"),
        ("PUT", "/sessions/0198c7a6-0000-7000-8000-000000000000", "GET, PATCH, DELETE"),
        ("GET", "/sessions/0198c7a6-0000-7000-8000-000000000000/connect", "POST"),
        ("DELETE", "/health", "GET"),
        ("OPTIONS", "/sessions", "GET, POST"),
    ],
)
def test_a_method_that_is_not_known_is_a_405(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "content",
    [b"{", b'{"sessionName": }', b"nonsense", b"\xff\xfe", b"[" * 60_000, b'{"sessionName": ' + b"9" * 5000 + b"}"],
)
def test_what_is_not_json_is_a_400(api: Api, content: bytes) -> None:
    answer = api.request("POST", "/sessions", content=content, headers=JSON_TYPE)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_json", "malformed_request")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_a_body_that_does_not_say_that_it_is_json_is_a_415(api: Api, media_type: str) -> None:
    answer = api.request("POST", "/sessions", content=b'{"sessionName": "x"}', headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in answer.json()["detail"]


def test_who_does_not_upload_by_a_form_is_told_to(api: Api) -> None:
    answer = api.request("POST", f"/sessions/{api.new_session()}/media", content=b"x", headers=JSON_TYPE)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "multipart/form-data" in answer.json()["detail"]


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"]
)
def test_json_has_several_names(api: Api, media_type: str) -> None:
    answer = api.request("POST", "/sessions", content=b'{"sessionName": "x"}', headers={"Content-Type": media_type})
    assert answer.status_code == 201


def test_where_no_body_is_read_none_is_judged(api: Api) -> None:
    path = f"/sessions/{api.new_session()}/disconnect"
    answer = api.request("POST", path, content=b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 202


def test_what_a_key_may_read_is_not_cached(api: Api) -> None:
    assert api.get("/sessions").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in api.http.get("/openapi.json").headers


def test_a_body_that_is_too_large_is_a_413(api: Api) -> None:
    body = json.dumps({"sessionName": "x" * MAX_BODY_BYTES}).encode()
    answer = api.request("POST", "/sessions", content=body, headers=JSON_TYPE)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_body_without_a_length_is_counted_as_it_comes(api: Api) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"sessionName": "'
        for _ in range(65):
            yield b"x" * 1024
        yield b'"}'

    answer = api.request("POST", "/sessions", content=chunks(), headers=JSON_TYPE)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_what_nobody_foresaw_is_a_500_that_tells_nothing(
    parts: Parts, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    with parts.api(cors_origins=["https://app.example"]) as api:
        session_id = api.new_session("A name nobody should read")
        with psycopg.connect(parts.urls.admin, autocommit=True) as connection:
            connection.execute("ALTER TABLE gateway.events RENAME COLUMN data TO payload")
            try:
                answer = api.request("GET", f"/sessions/{session_id}/events", headers={"Origin": "https://app.example"})
            finally:
                connection.execute("ALTER TABLE gateway.events RENAME COLUMN payload TO data")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal_error")
    assert "data" not in problem["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    (logged,) = (vars(record) for record in caplog.records if record.message == "unexpected error")
    assert logged["error"] == "UndefinedColumn"
    assert "gateway/store/events.py" in str(logged["stack"])
    assert logged["exc_info"] is None
