from __future__ import annotations

import hashlib

import pytest

from functions.api.http.idempotency import Idempotency, fingerprint
from functions.api.schemas.kinds import SendText

BODY = SendText(to="+15550002002", text="x")


def test_the_same_request_has_the_same_fingerprint_however_it_was_written() -> None:
    again = SendText.model_validate_json('{ "text": "\\u0078",\n "to": "+15550002002" }')
    assert fingerprint("POST", "/a", BODY) == fingerprint("POST", "/a", again)
    assert len(fingerprint("POST", "/a", BODY)) == 32


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/a", BODY),
        ("POST", "/b", BODY),
        ("POST", "/a", SendText(to="+15550002002", text="x ")),
        ("POST", "/a", SendText(to="+15550002003", text="x")),
    ],
)
def test_any_difference_is_another_request(method: str, path: str, body: SendText) -> None:
    assert fingerprint(method, path, body) != fingerprint("POST", "/a", BODY)


def test_without_a_key_nothing_is_kept_to_compare() -> None:
    assert Idempotency(None, "POST", "/a").fingerprint(BODY) is None
    assert Idempotency("k", "POST", "/a").fingerprint(BODY) == fingerprint("POST", "/a", BODY)


def test_a_text_is_the_same_request_as_before_there_were_other_kinds_and_programs() -> None:
    known = hashlib.sha256(b'POST\n/a\n{"text":"x","to":"+15550002002"}').digest()
    assert fingerprint("POST", "/a", BODY) == known
    assert fingerprint("POST", "/a", SendText(to="+15550002002", text="x", type="text")) == known
    assert fingerprint("POST", "/a", SendText(to="+15550002002", text="x", automated=True)) != known
    assert fingerprint("POST", "/a", SendText(to="+15550002002", text="x", mentions=("+15550002002",))) != known
