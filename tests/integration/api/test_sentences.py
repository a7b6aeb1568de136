"""Every constraint of every field of the OpenAPI document, broken: the field is named, in a sentence of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.api.openapi import FILE
from gateway.domain.access import Scope
from gateway.domain.sentences import _OTHERWISE
from tests.integration.api.server import JSON, Api, Owner

DOCUMENT: JSON = json.loads(FILE.read_text(encoding="utf-8"))
_NOWHERE = "0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a91"
_VALIDATORS = re.compile(
    r"input should|should have|should be|value error|field required|unable to|valid \w+,|got type", re.I
)
_PLACE = re.compile(r"\w+(?:\.\w+)*")
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if "security" not in operation or operation["security"]
]


def resolved(schema: JSON) -> JSON:
    """Return a schema without its references and without null."""
    if "$ref" in schema:
        schema = {**DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], **schema}
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return {**schema, **resolved(kinds[0])} if kinds else schema


def wrong_texts(schema: JSON) -> Iterator[Any]:
    """Yield a text for each constraint that it breaks."""
    if "enum" in schema or "const" in schema:
        yield "smoke"
    if schema.get("format") in ("uuid", "date-time"):
        yield from ("smoke", "")
    if schema.get("minLength"):
        yield ""
    if "maxLength" in schema:
        yield "7" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield "a\x00b"


def wrong_numbers(schema: JSON) -> Iterator[Any]:
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    yield "seven"


def wrong_values(schema: JSON) -> Iterator[Any]:
    """Yield a value of a body for each constraint that it breaks."""
    schema = resolved(schema)
    match schema["type"]:
        case "string":
            yield from (7, [], {}, *wrong_texts(schema))
        case "integer":
            yield from ([], 1.5, 10**30, *wrong_numbers(schema))
        case "number":
            yield from ([], {}, *wrong_numbers(schema))
        case "boolean":
            yield from (7, "perhaps", [])
        case "array":
            yield from (7, {}, ["x"] * (schema["maxItems"] + 1), *([each] for each in wrong_values(schema["items"])))
            yield from ([[]] if schema.get("minItems") else [])
        case "object" if "properties" in schema:
            yield from (7, [], {"smoke": 1})
        case "object":
            yield from (7, [], {str(i): "" for i in range(schema["maxProperties"] + 1)})
            yield from ({"a": each} for each in wrong_values(schema["additionalProperties"]))
            yield from ({each: ""} for each in wrong_texts(schema["propertyNames"]))


def wrong_parameters(schema: JSON) -> Iterator[str]:
    """Yield a text of a query for each constraint that it breaks."""
    schema = resolved(schema)
    match schema["type"]:
        case "integer":
            yield from (str(each) for each in (*wrong_numbers(schema), 1.5, 10**30, ""))
        case "boolean":
            yield from ("perhaps", "7", "")
        case _:
            yield from wrong_texts(schema)


def bodies_of(operation: JSON) -> list[JSON]:
    """Return the schema of each JSON body that an operation takes."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return []
    schema = content["application/json"]["schema"]
    return [resolved(each) for each in schema.get("oneOf", [schema])]


def example_of(schema: JSON) -> JSON:
    """Return a body that is right, with its type where it has one."""
    kind = schema["properties"].get("type", {}).get("const")
    return {**schema["examples"][0], **({"type": kind} if kind else {})}


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
def test_what_is_wrong_is_said_of_the_field(api: Api, owner: Owner, method: str, path: str, operation: JSON) -> None:
    api = api.with_key(api.parts.issue(api.user, tuple(Scope)).text)
    url = path.replace("{session_id}", str(owner.session_id)).replace("{chat}", "+15550002002")
    url = re.sub(r"\{\w+\}", _NOWHERE, url)
    for parameter in (each for each in operation.get("parameters", ()) if each["in"] == "query"):
        for wrong in wrong_parameters(parameter["schema"]):
            refused(api, method, f"{url}?{urlencode({parameter['name']: wrong})}", None, parameter["name"])
    for body in bodies_of(operation):
        says_what_is_wrong_in(api, method, url, body)


def says_what_is_wrong_in(api: Api, method: str, url: str, body: JSON) -> None:
    for name, schema in body["properties"].items():
        values = [*wrong_values(schema), *([None] if takes_no_null(schema) else [])]
        for wrong in values:
            refused(api, method, url, {**example_of(body), name: wrong}, name)
        # Without its type a body is one of another type.
        if name in body.get("required", ()) and "const" not in schema:
            refused(api, method, url, {key: value for key, value in example_of(body).items() if key != name}, name)
    refused(api, method, url, {**example_of(body), "smoke": 1}, "smoke")
    for raw, status in ((b"{", 400), (b"\xff", 400), (b'{"a": }', 400), (b"7", 422), (b"[]", 422), (b'"text"', 422)):
        assert said_of(api, method, url, raw, status)


def takes_no_null(schema: JSON) -> bool:
    return not any(each.get("type") == "null" for each in schema.get("anyOf", ()))


def refused(api: Api, method: str, url: str, body: JSON | None, field: str) -> None:
    answer = api.http.request(method, url, headers={"X-API-Key": api.key}, json=body)
    assert answer.status_code == 422, (method, url, body and body.get(field), answer.text[:200])
    errors = answer.json()["errors"]
    assert {error["field"].partition(".")[0] for error in errors} == {field}, errors
    # A place in the body as its sender knows it, and one error of each.
    assert all(_PLACE.fullmatch(error["field"]) for error in errors), errors
    assert len({error["field"] for error in errors}) == len(errors), errors
    for error in errors:
        assert_ours(error["detail"])
    assert_ours(answer.json()["detail"])


def said_of(api: Api, method: str, url: str, raw: bytes, status: int) -> str:
    headers = {"X-API-Key": api.key, "Content-Type": "application/json"}
    answer = api.http.request(method, url, headers=headers, content=raw)
    assert answer.status_code == status, (raw, answer.text[:200])
    for error in answer.json().get("errors", ()):
        assert_ours(error["detail"])
    assert_ours(str(answer.json()["detail"]))
    return str(answer.json()["detail"])


def assert_ours(sentence: str) -> None:
    assert sentence != _OTHERWISE
    assert not _VALIDATORS.search(sentence), sentence
    assert sentence[0].isupper() and sentence.endswith((".", ":", "?")), sentence
