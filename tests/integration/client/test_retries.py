"""Retries, against a server that answers as it is told."""

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
class Answer:
    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    # Close the connection in place of an answer.
    breaks: bool = False


@dataclass(slots=True)
class Server:
    url: str
    keys: list[str] = field(default_factory=list)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers that give these answers, one a request."""
    running: list[ThreadingHTTPServer] = []

    def start(*answers: Answer) -> Server:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(list(answers), known := Server("")))
        known.url = f"http://127.0.0.1:{server.server_port}"
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return known

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def _handler(answers: list[Answer], server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.keys.append(self.headers["Idempotency-Key"])
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = answers.pop(0)
            if answer.breaks:
                self.close_connection = True
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def problem(status: int, code: str, retry_after: str | None = None) -> Answer:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Answer(status, {"status": status, "code": code, "detail": f"It is {code}."}, headers)


LIMITED = problem(429, "rate_limited", "0")
AWAY = problem(503, "database_unavailable", "0")
MADE = Answer(201, SESSION)


@contextmanager
def client(server: Server) -> Iterator[Gateway]:
    with Gateway(server.url, "wag_x", retry=QUICK) as gateway:
        yield gateway


@pytest.mark.parametrize("first", [LIMITED, AWAY, Answer(0, breaks=True), problem(503, "x")], ids=str)
def test_a_call_is_repeated_under_the_same_key(serve: Callable[..., Server], first: Answer) -> None:
    server = serve(first, MADE)
    with client(server) as gateway:
        assert gateway.create_session("office").info.status == "a state of the future"
    assert len(server.keys) == 2
    assert len(set(server.keys)) == 1


async def create(server: Server) -> str:
    async with AsyncGateway(server.url, "wag_x", retry=QUICK) as gateway:
        return (await gateway.create_session("office")).info.session_name


def test_the_async_client_repeats_as_well(serve: Callable[..., Server]) -> None:
    server = serve(Answer(0, breaks=True), LIMITED, MADE)
    assert asyncio.run(create(server)) == "office"
    assert len(set(server.keys)) == 1


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([AWAY] * 3, DatabaseUnavailable),
        ([Answer(0, breaks=True)] * 3, Unreachable),
        ([problem(429, "rate_limited", "1800")], RateLimited),
        ([problem(500, "internal_error")], InternalError),
        ([problem(418, "teapot")], Problem),
        ([Answer(200, b"<html>a portal of a hotel</html>")], UnexpectedAnswer),
        ([Answer(200, {"id": 1})], UnexpectedAnswer),
        ([Answer(502, b"Bad Gateway")], ServerError),
        ([Answer(400, ["a list"])], UnexpectedAnswer),
    ],
)
def test_repeating_ends(serve: Callable[..., Server], answers: list[Answer], error: type[Exception]) -> None:
    server = serve(*answers)
    with client(server) as gateway, pytest.raises(error) as raised:
        gateway.create_session("office")
    assert type(raised.value) is error
    assert len(server.keys) == len(answers)


def test_a_wait_that_is_too_long_is_told(serve: Callable[..., Server]) -> None:
    with client(serve(problem(429, "rate_limited", "1800"))) as gateway, pytest.raises(RateLimited) as limited:
        gateway.create_session("office")
    assert limited.value.retry_after == 1800
