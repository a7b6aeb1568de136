"""Retries, against a server with prepared responses."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.client import (
    AsyncGateway,
    DatabaseUnavailable,
    Gateway,
    InternalError,
    Problem,
    RateLimited,
    Retry,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
)

SESSION = {
    "id": "0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10",
    "sessionName": "office",
    "status": "a state of the future",
    "createdAt": "2026-08-21T09:30:55Z",
    "aFieldOfTheFuture": 1,
}
QUICK = Retry(attempts=3, first_wait=0.01, longest_wait=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    # Close the connection in place of a response.
    breaks: bool = False


@dataclass(slots=True)
class Server:
    url: str
    keys: list[str] = field(default_factory=list)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server with these responses, one a request."""
    running: list[ThreadingHTTPServer] = []

    def start(*responses: Prepared) -> Server:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(list(responses), started := Server("")))
        started.url = f"http://127.0.0.1:{server.server_port}"
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return started

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def _handler(responses: list[Prepared], server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.keys.append(self.headers["Idempotency-Key"])
            self.rfile.read(int(self.headers["Content-Length"]))
            response = responses.pop(0)
            if response.breaks:
                self.close_connection = True
                return
            body = response.body if isinstance(response.body, bytes) else json.dumps(response.body).encode()
            self.send_response(response.status)
            for name, value in {**response.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def problem(status: int, code: str, retry_after: str | None = None) -> Prepared:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Prepared(status, {"status": status, "code": code, "detail": f"It is {code}."}, headers)


LIMITED = problem(429, "rate_limited", "0")
UNAVAILABLE = problem(503, "database_unavailable", "0")
CREATED = Prepared(201, SESSION)


@contextmanager
def client(server: Server) -> Iterator[Gateway]:
    with Gateway(server.url, "wag_x", retry=QUICK) as gateway:
        yield gateway


@pytest.mark.parametrize("first", [LIMITED, UNAVAILABLE, Prepared(0, breaks=True), problem(503, "x")], ids=str)
def test_a_call_is_repeated_under_the_same_key(serve: Callable[..., Server], first: Prepared) -> None:
    server = serve(first, CREATED)
    with client(server) as gateway:
        assert gateway.create_session("office").info.status == "a state of the future"
    assert len(server.keys) == 2
    assert len(set(server.keys)) == 1


async def create(server: Server) -> str:
    async with AsyncGateway(server.url, "wag_x", retry=QUICK) as gateway:
        return (await gateway.create_session("office")).info.session_name


def test_the_async_client_repeats_as_well(serve: Callable[..., Server]) -> None:
    server = serve(Prepared(0, breaks=True), LIMITED, CREATED)
    assert asyncio.run(create(server)) == "office"
    assert len(set(server.keys)) == 1


@pytest.mark.parametrize(
    ("responses", "error"),
    [
        ([UNAVAILABLE] * 3, DatabaseUnavailable),
        ([Prepared(0, breaks=True)] * 3, Unreachable),
        ([problem(429, "rate_limited", "1800")], RateLimited),
        ([problem(500, "internal_error")], InternalError),
        ([problem(418, "teapot")], Problem),
        ([Prepared(200, b"<html>a portal of a hotel</html>")], UnexpectedAnswer),
        ([Prepared(200, {"id": 1})], UnexpectedAnswer),
        ([Prepared(502, b"Bad Gateway")], ServerError),
        ([Prepared(400, ["a list"])], UnexpectedAnswer),
    ],
)
def test_repeating_ends(serve: Callable[..., Server], responses: list[Prepared], error: type[Exception]) -> None:
    server = serve(*responses)
    with client(server) as gateway, pytest.raises(error) as raised:
        gateway.create_session("office")
    assert type(raised.value) is error
    assert len(server.keys) == len(responses)


def test_a_wait_that_is_too_long_is_an_error(serve: Callable[..., Server]) -> None:
    with client(serve(problem(429, "rate_limited", "1800"))) as gateway, pytest.raises(RateLimited) as limited:
        gateway.create_session("office")
    assert limited.value.retry_after == 1800
