"""GET /health: whether workers live, leases are renewed, queues are polled and the database answers."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Log what failed, in place of printing it; that a caller hung up is no failure."""
        if not isinstance(sys.exception(), ConnectionError):
            log.exception("a request could not be answered")


def serve(host: str, port: int, read: Callable[[], tuple[bool, dict[str, Any]]]) -> int:
    """Serve what `read` returns, whether all is well and the details, until the process ends. Returns the port.

    Raises OSError.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health":
                return self._respond(HTTPStatus.NOT_FOUND, {"status": "not found"})
            healthy, state = read()
            return self._respond(HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE, state)

        def _respond(self, status: HTTPStatus, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing: a line a probe would drown the others."""

    server = _Server((host, port), Handler)
    # How often it looks whether it is to end, which it never is: twice a second by default.
    serve_forever = partial(server.serve_forever, poll_interval=3600.0)
    threading.Thread(target=serve_forever, name="health", daemon=True).start()
    return int(server.server_address[1])
