"""The log of the API's own process, as `make up` starts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.integration.api.server import BOB, Api, Owner, Parts
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


class Log:
    """What was written since it was made."""

    def __init__(self, gateway: Gateway) -> None:
        self._path = gateway.logs / "api.log"
        self._start = self._path.stat().st_size

    @property
    def text(self) -> str:
        return self._path.read_text(encoding="utf-8")[self._start :]

    @property
    def requests(self) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["message"] == "request"]


def test_a_request_is_one_line_with_ids_only(gateway: Gateway, api: Api, owner: Owner) -> None:
    log = Log(gateway)
    api.post(
        f"{owner.path}/messages", {"to": "+15550002002", "text": TEXT}, Prefer="respond-async", X_Request_ID="line-1"
    )
    api.http.get("/sessions")
    first, second = log.requests
    assert (first["method"], first["route"]) == ("POST", "/sessions/{session_id}/messages")
    assert (first["status"], first["request_id"]) == (202, "line-1")
    assert isinstance(first["duration_ms"], float)
    assert first["key_id"]
    assert "key_id" not in second


def test_no_text_number_or_key_is_in_the_log(gateway: Gateway, api: Api, owner: Owner) -> None:
    log = Log(gateway)
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
    assert len(log.requests) == 8
    assert not any(secret in log.text for secret in (TEXT, "15550002002", api.key, api.key[4:20]))
