from __future__ import annotations

import pytest

from functions.api.http.idempotency import Idempotency, fingerprint
from functions.api.schemas.messages import SendMessage

BODY = SendMessage(to="+15550002002", text="x")


def test_the_same_request_has_the_same_fingerprint_however_it_was_written() -> None:
    again = SendMessage.model_validate_json('{ "text": "\\u0078",\n "to": "+15550002002" }')
    assert fingerprint("POST", "/a", BODY) == fingerprint("POST", "/a", again)
    assert len(fingerprint("POST", "/a", BODY)) == 32


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/a", BODY),
        ("POST", "/b", BODY),
        ("POST", "/a", SendMessage(to="+15550002002", text="x ")),
        ("POST", "/a", SendMessage(to="+15550002003", text="x")),
    ],
)
def test_any_difference_is_another_request(method: str, path: str, body: SendMessage) -> None:
    assert fingerprint(method, path, body) != fingerprint("POST", "/a", BODY)


def test_without_a_key_nothing_is_kept_to_compare() -> None:
    assert Idempotency(None, "POST", "/a").fingerprint(BODY) is None
    assert Idempotency("k", "POST", "/a").fingerprint(BODY) == fingerprint("POST", "/a", BODY)


def test_a_request_that_says_nothing_of_programs_is_the_same_as_before_it_could() -> None:
    sent = SendMessage(to="+4915112345678", text="Hello")
    assert sent.model_dump(by_alias=True) == {"to": "+4915112345678", "text": "Hello"}
    assert SendMessage(to="+4915112345678", text="Hello", automated=True).model_dump(by_alias=True)["automated"]
