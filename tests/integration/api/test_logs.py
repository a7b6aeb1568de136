"""The log of the API's own process, as `make up` starts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.integration.api.server import BOB, Api, Owner, Parts, until
from tests.stack import Gateway, Stack

TEXT = "a text that is nobody's business"


@pytest.fixture(scope="module")
def gateway(stack: Stack) -> Iterator[Gateway]:
    with stack.gateway() as gateway:
        yield gateway


@pytest.fixture
def api(gateway: Gateway) -> Iterator[Api]:
    parts = Parts(gateway.database, gateway.queues)
    with httpx.Client(base_url=gateway.api.url, timeout=30) as http:
        yield Api(parts, http, *parts.new_key())
    parts.close()


@pytest.fixture
def owner(api: Api) -> Owner:
    return api.linked_session()


class Marked:
    """A user's requests that share an id, and what the log says of them."""

    def __init__(self, gateway: Gateway, api: Api, http: httpx.Client) -> None:
        http.headers["X-Request-ID"] = self._mark = f"mark-{api.user.hex[-6:]}x"
        self.api = Api(api.parts, http, api.user, api.key)
        self._path = gateway.logs / "api.log"
        self._start = self._path.stat().st_size

    @property
    def log(self) -> str:
        return self._path.read_text(encoding="utf-8")[self._start :]

    def lines(self, count: int) -> list[dict[str, object]]:
        """A line is written after its answer: waited for until there are so many."""
        return until(lambda: found if len(found := self._lines()) == count else None)

    def _lines(self) -> list[dict[str, object]]:
        whole = [json.loads(line) for line in self.log.splitlines(keepends=True) if line.endswith("\n")]
        return [line for line in whole if line["message"] == "request" and line["request_id"] == self._mark]


@pytest.fixture
def marked(gateway: Gateway, api: Api) -> Iterator[Marked]:
    with httpx.Client(base_url=gateway.api.url, timeout=30) as http:
        yield Marked(gateway, api, http)


def test_a_request_is_one_line_with_ids_only(marked: Marked, owner: Owner) -> None:
    api = marked.api
    api.post(f"{owner.path}/messages", {"to": "+15550002002", "text": TEXT}, Prefer="respond-async")
    api.http.get("/sessions")
    # An asynchronous send is logged when its doorbell was sent, which may be after the next request.
    first, second = sorted(marked.lines(2), key=lambda line: line["route"] == "/sessions")
    assert (first["method"], first["route"], first["status"]) == ("POST", "/sessions/{session_id}/messages", 202)
    assert isinstance(first["duration_ms"], float)
    assert first["key_id"]
    assert (second["route"], second["status"]) == ("/sessions", 401)
    assert "key_id" not in second


def test_no_text_number_or_key_is_in_the_log(marked: Marked, owner: Owner) -> None:
    api = marked.api
    owner.receive(TEXT)
    number = BOB.phone_number or ""
    api.post(f"{owner.path}/messages", {"to": number, "text": TEXT}, Prefer="respond-async")
    api.post(f"{owner.path}/messages", {"to": number, "text": TEXT, "extra": TEXT})
    api.get(f"{owner.path}/messages", chat=number)
    api.get(f"{owner.path}/chats", search=number)
    api.post(f"{owner.path}/chats/{quote(number)}/read")
    api.get(f"/nothing/{quote(number)}")
    api.post(f"{owner.path}/connect", {"phoneNumber": number})
    api.http.get("/sessions", headers={"X-API-Key": api.key + "x"})
    assert len(marked.lines(8)) == 8
    assert not any(secret in marked.log for secret in (TEXT, "15550002002", api.key, api.key[4:20]))
