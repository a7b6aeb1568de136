"""Streams of events: nothing is missed and nothing comes twice, whoever comes back, and each ends when it must."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from functions.api import event_stream
from gateway.domain.access import Scope
from gateway.store.event_log import Position
from gateway.tokens import Token, Tokens
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.api.test_access import as_app, limited, token_of
from tests.stack import TOKEN_KEYS

JSON = dict[str, Any]


@pytest.fixture(scope="module")
def module_api(parts: Parts) -> Iterator[Api]:
    """One that is told of what happens."""
    with parts.api(database_direct=True, stream_seconds=3600) as api:
        yield api


@dataclass(frozen=True, slots=True)
class Message:
    """What a stream sent as one message; `data` is None where it only moves the cursor."""

    id: str | None
    event: str | None
    data: JSON | None


class Stream:
    """An open stream, read as browsers read it."""

    def __init__(self, response: httpx.Response) -> None:
        assert response.status_code == 200, response.read()
        self.headers = response.headers
        self._messages = _messages(response.iter_lines())
        self.last_id: str | None = None

    def next(self) -> Message:
        """The next message that has data."""
        for message in self._messages:
            self.last_id = message.id or self.last_id
            if message.data is not None:
                return message
        raise EOFError

    def next_id(self) -> str:
        """The next cursor, with data or without."""
        found = next(self._messages)
        assert found.id
        return found.id


def _messages(lines: Iterator[str]) -> Iterator[Message]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            data = json.loads(fields["data"]) if "data" in fields else None
            yield Message(fields.get("id"), fields.get("event"), data)
            fields = {}


@contextmanager
def streamed(api: Api, path: str = "/events/stream", last_id: str | None = None, **query: str) -> Iterator[Stream]:
    headers = {"X-API-Key": api.key, **({"Last-Event-ID": last_id} if last_id else {})}
    with api.http.stream("GET", path, headers=headers, params=query, timeout=30) as response:
        yield Stream(response)


def envelopes(api: Api, after: str) -> list[JSON]:
    found: list[JSON] = api.get("/events", after=after).json()["events"]
    return found


def test_what_happens_comes_at_once_as_the_log_shows_it(api: Api, owner: Owner) -> None:
    with streamed(api) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        start = stream.next_id()
        owner.receive("hello")
        message = stream.next()
        [logged] = envelopes(api, start)
    assert (message.id, message.event, message.data) == (logged["id"], "message.received", logged)
    assert logged["data"]["message"]["content"] == "hello"


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(api: Api, owner: Owner) -> None:
    with streamed(api, after="earliest") as stream:
        seen = [stream.next().id for _ in envelopes(api, "earliest")]
    for number in range(3):
        owner.receive(f"{number}", f"AB{number}")
        with streamed(api, last_id=seen[-1], after="earliest") as stream:
            seen.append(stream.next().id)
    assert seen == [event["id"] for event in envelopes(api, "earliest")]


def test_a_stream_that_saw_nothing_comes_back_where_it_was(api: Api, owner: Owner) -> None:
    with streamed(api) as stream:
        cursor = stream.next_id()
    owner.receive("in between")
    with streamed(api, last_id=cursor) as stream:
        assert stream.next().event == "message.received"


def test_it_ends_in_time_and_comes_back(parts: Parts) -> None:
    with parts.api(stream_seconds=0.2) as api:
        owner = api.linked_session()
        with streamed(api) as stream:
            cursor = stream.next_id()
            with pytest.raises(EOFError):
                stream.next()
        owner.receive("hello")
        with streamed(api, last_id=stream.last_id or cursor) as stream:
            assert stream.next().event == "message.received"


def test_more_than_one_batch_is_read_without_a_pause(api: Api, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_BATCH", 2)
    for number in range(7):
        owner.receive(f"{number}", f"AB{number}")
    expected = [event["id"] for event in envelopes(api, "earliest")]
    with streamed(api, after="earliest") as stream:
        assert [stream.next().id for _ in expected] == expected


def test_types_sessions_and_payload_are_chosen(api: Api, owner: Owner) -> None:
    other = api.linked_session()
    query = {"types": "message.received", "sessionIds": str(owner.session_id), "payload": "ids"}
    with streamed(api, **query) as stream, streamed(api, f"{other.path}/events/stream") as of_other:
        other.receive("for another", "AB01")
        owner.lose_connection()
        stored = owner.receive("mine", "AB02")
        message = stream.next()
        assert message.data and message.data["data"]["id"] == str(stored)
        assert "message" not in message.data["data"]
        assert (of_other.next().data or {})["sessionId"] == str(other.session_id)


def test_it_is_of_what_a_key_reaches(api: Api, owner: Owner) -> None:
    stranger, other = api.as_user().linked_session(), api.linked_session()
    readers = [api, limited(api, Scope.READ, sessions=(str(owner.session_id),)), as_app(api, Scope.READ)]
    with streamed(readers[0]) as user, streamed(readers[1]) as one, streamed(readers[2]) as app:
        for each in (stranger, other, owner):
            each.receive("hello")
        first = [(stream.next().data or {})["sessionId"] for stream in (user, one, app)]
    assert first == [str(other.session_id), str(owner.session_id), str(stranger.session_id)]


def test_a_browser_comes_with_a_token_in_the_address(api: Api, owner: Owner) -> None:
    token = token_of(api, [str(owner.session_id)], Scope.READ).key
    with api.http.stream("GET", f"{owner.path}/events/stream", params={"token": token}) as response:
        stream = Stream(response)
        owner.receive("hello")
        assert stream.next().event == "message.received"
    refused = api.http.get(f"{owner.path}/events/stream", params={"token": api.key})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert api.key not in refused.text
    elsewhere = api.http.get("/sessions", params={"token": token})
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (422, "token")


@pytest.fixture
def quick_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.05)


@pytest.mark.usefixtures("quick_heartbeats")
def test_a_quiet_stream_lives_and_its_cursor_moves_on(api: Api, owner: Owner) -> None:
    stranger = api.as_user().linked_session()
    with streamed(api, f"{owner.path}/events/stream") as stream:
        start = Position.parse(stream.next_id())
        stranger.receive("not for this stream")
        until(lambda: Position.parse(stream.next_id()) > start)


@pytest.mark.usefixtures("quick_heartbeats")
def test_it_ends_with_its_key(api: Api, owner: Owner) -> None:
    other = api.with_key(api.parts.issue(api.user, [Scope.READ]).text)
    key_id = other.get("/keys/current").json()["id"]
    with streamed(other) as stream:
        stream.next_id()
        with psycopg.connect(api.parts.urls.admin) as connection:
            connection.execute("UPDATE gateway.api_keys SET revoked_at = now() WHERE id = %s", [key_id])
        last = stream.next()
        assert (last.event, (last.data or {})["code"]) == (event_stream.ENDED, "unauthenticated")
        with pytest.raises(EOFError):
            stream.next()


@pytest.mark.usefixtures("quick_heartbeats")
def test_it_ends_with_its_token(api: Api, owner: Owner) -> None:
    key_id = UUID(api.get("/keys/current").json()["id"])
    token = Token(key_id, frozenset([Scope.READ]), frozenset([owner.session_id]))
    text, _ = Tokens([TOKEN_KEYS["GATEWAY_TOKEN_KEYS"]]).issue(token, seconds=2)
    with streamed(api.with_key(text)) as stream:
        stream.next_id()
        last = stream.next()
    assert (last.event, (last.data or {})["code"]) == (event_stream.ENDED, "unauthenticated")


@pytest.mark.usefixtures("quick_heartbeats")
def test_the_stream_of_a_session_says_that_it_is_deleted(api: Api, owner: Owner) -> None:
    with streamed(api, f"{owner.path}/events/stream") as stream:
        stream.next_id()
        assert api.request("DELETE", owner.path).status_code == 204
        last = stream.next()
        while last.event != event_stream.ENDED:
            last = stream.next()
    assert (last.data or {})["code"] == "not_found"
    assert api.get(f"{owner.path}/events/stream").status_code == 404


def test_one_who_does_not_read_holds_up_nobody(api: Api, owner: Owner) -> None:
    """Nor does it hold a connection to the database."""
    url = httpx.URL(api.http.base_url)
    text = f"GET /events/stream?after=earliest HTTP/1.1\r\nHost: x\r\nX-API-Key: {api.key}\r\n\r\n".encode()
    sleepers = []
    for _ in range(20):
        sleeper = socket.create_connection((url.host, url.port or 80))
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        sleeper.sendall(text)
        sleepers.append(sleeper)
    with streamed(api) as stream:
        stream.next_id()
        for number in range(30):
            owner.receive("x" * 4000, f"AB{number}")
            assert stream.next().event == "message.received"
    for sleeper in sleepers:
        sleeper.close()


def test_events_are_announced_only_while_somebody_listens(api: Api, owner: Owner) -> None:
    def listeners() -> int:
        with psycopg.connect(api.parts.urls.admin) as connection:
            [(count,)] = connection.execute("SELECT count(*) FROM gateway.event_listeners").fetchall()
            return int(count)

    with streamed(api) as stream:
        stream.next_id()
        assert until(lambda: listeners() == 1)
    assert until(lambda: listeners() == 0)


def test_without_notifications_it_comes_a_moment_later(parts: Parts) -> None:
    with parts.api(stream_seconds=3600) as api:
        owner = api.linked_session()
        with streamed(api) as stream:
            stream.next_id()
            owner.receive("hello")
            assert stream.next().event == "message.received"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"after": "17"}, 422),
        ({"types": "message.recieved"}, 422),
        ({"payload": "none"}, 422),
        ({"limit": "5"}, 422),
        ({"token": "x"}, 401),
    ],
)
def test_wrong_parameters_are_refused_before_the_stream_begins(api: Api, query: JSON, status: int) -> None:
    headers = {} if "token" in query else {"X-API-Key": api.key}
    answer = api.http.get("/events/stream", params=query, headers=headers)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"][0]["field"] in query


def test_a_wrong_last_event_id_is_refused(api: Api) -> None:
    answer = api.request("GET", "/events/stream", headers={"Last-Event-ID": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Last-Event-ID")
