"""S3 behind a door: what goes through it can be held at one step, and be refused as S3 does without its key."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

# What S3 answers while KMS does not give it the key by which a bucket is encrypted.
_WITHOUT_KEY = b"<Error><Code>KMS.DisabledException</Code><Message>The key is disabled.</Message></Error>"
_PASSED_ON = ("content-type", "content-length", "etag", "last-modified")
_SECONDS = 120


class Storage:
    """`url` is the endpoint; while `is_key_away` all is refused."""

    def __init__(self, endpoint: str) -> None:
        self.is_key_away = False
        self.refused = 0
        self._endpoint = endpoint
        self._held: str | None = None
        self._arrived = threading.Event()
        self._may_go = threading.Event()
        self.url = ""

    @contextmanager
    def held(self, method: str) -> Iterator[threading.Event]:
        """Requests of this method wait until the end of the block; the event is set when there is one."""
        self._held = method
        self._arrived.clear()
        self._may_go.clear()
        try:
            yield self._arrived
        finally:
            self._held = None
            self._may_go.set()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length") or 0))
        if request.command == self._held:
            self._arrived.set()
            self._may_go.wait(_SECONDS)
        if self.is_key_away:
            self.refused += 1
            _respond(request, 400, {}, _WITHOUT_KEY)
            return
        headers = {name: value for name, value in request.headers.items() if name.lower() != "connection"}
        answer = httpx.request(request.command, f"{self._endpoint}{request.path}", headers=headers, content=body)
        passed_on = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        _respond(request, answer.status_code, passed_on, answer.content)


def _respond(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    request.send_response(status)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body)


@contextmanager
def storage(endpoint: str) -> Iterator[Storage]:
    door = Storage(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            door.answer(self)

        do_PUT = do_POST = do_HEAD = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Who asked may have been killed."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    door.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield door
    finally:
        server.shutdown()
        server.server_close()
