"""Bytes that no client should send: each is answered as a mistake of the caller, never as one of ours."""

from __future__ import annotations

import pytest

from tests.integration.api.server import Api, Owner

ODD = ["é", "ключ", "密钥", "🔑", "\xff", "a\xa0b"]


def odd(api: Api, method: str, path: str, name: str, value: bytes) -> tuple[int, str]:
    """Send the header beside those that are needed, or in place of one."""
    headers = {b"X-API-Key": api.key.encode(), b"Content-Type": b"application/json"}
    if name == "Authorization":
        del headers[b"X-API-Key"]
    headers[name.encode()] = value
    body = b'{"to": "+15550002002", "text": "x"}' if method == "POST" else None
    answer = api.http.request(method, path, headers=list(headers.items()), content=body)
    return answer.status_code, str(answer.json().get("code"))


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize(
    ("name", "prefix", "outcome"),
    [
        ("X-API-Key", b"", (401, "unauthenticated")),
        ("X-API-Key", b"wag_", (401, "unauthenticated")),
        ("Authorization", b"Bearer ", (401, "unauthenticated")),
        ("Authorization", b"", (401, "unauthenticated")),
        ("Idempotency-Key", b"", (422, "invalid_input")),
        ("Content-Type", b"application/", (415, "unsupported_media_type")),
        ("Prefer", b"respond-async, ", (202, "None")),
        ("X-Request-ID", b"", (202, "None")),
    ],
)
def test_a_header_of_any_bytes_is_understood_or_refused(
    api: Api, owner: Owner, name: str, prefix: bytes, text: str, outcome: tuple[int, str]
) -> None:
    owner.lose_connection()
    for encoding in ("utf-8", "latin-1"):
        value = prefix + text.encode(encoding, "replace").replace(b"?", b"\xfe")
        assert odd(api, "POST", f"{owner.path}/messages", name, value) == outcome


@pytest.mark.parametrize("odd_bytes", ["%FF", "%ED%A0%80", "%C3%28", "%F0%9F%94%91", "%00"])
def test_a_query_or_path_of_any_bytes_is_understood_or_refused(api: Api, owner: Owner, odd_bytes: str) -> None:
    for place in (
        "/sessions?externalId=",
        f"{owner.path}/messages?chat=",
        f"{owner.path}/messages?search=",
        f"{owner.path}/messages?messageType=",
        f"{owner.path}/messages?messageId=",
        f"{owner.path}/chats?search=",
        "/sessions?cursor=",
        "/sessions?",
        "/sessions/",
        f"{owner.path}/messages/",
        f"{owner.path}/ai/turns?status=",
    ):
        assert 200 <= api.get(place + odd_bytes).status_code < 500, place
    assert api.post(f"{owner.path}/chats/{odd_bytes}/read").status_code == 404
