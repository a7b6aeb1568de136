"""GET /health: whether workers live, leases are renewed, pollers tick and the database answers."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)


def serve(host: str, port: int, take: Callable[[], tuple[bool, dict[str, Any]]]) -> int:
    """Answer 200 or 503 with what `take` says, until the process ends; returns the port. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                return self._answer(HTTPStatus.NOT_FOUND, {"status": "not found"})
            healthy, state = take()
            return self._answer(HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE, state)

        def _answer(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """A line a probe would drown the others."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return int(server.server_address[1])
