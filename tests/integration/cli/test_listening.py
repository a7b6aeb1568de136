"""`gateway listen` delivers events to an endpoint on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.client import Session
from tests.owner import Owner
from tests.terminal import Terminal

TENANT = "+4915112345678"


class Endpoint(ThreadingHTTPServer):
    """What an app would be: it answers with `statuses`, one after another, then with 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/whatsapp"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Endpoint)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_events_are_delivered_as_webhooks_are_and_again_after_a_failure(
    terminal: Terminal, make_connected: Callable[[], Session], owner: Owner, endpoint: Endpoint
) -> None:
    session = make_connected()
    start = session.last_event()
    owner.receive(session.id, TENANT, "Grüße\u2028👋")
    endpoint.statuses = [500, 302]
    said = terminal(
        "listen", "--forward-to", endpoint.url, "--session", "office", "--types", "message.received", "--after", start,
        "--count", "1",
    )  # fmt: skip
    first, *lines = said.stdout.splitlines()
    secret = first.rpartition(" ")[2]
    assert [line.split("  ")[3].split(" ")[0] for line in lines] == ["500", "302", "204"]
    assert "again in 1 s" in lines[0]
    assert len(endpoint.received) == 3
    for headers, body in endpoint.received:
        event = Webhook(secret).verify(body, headers)
        assert event["data"]["message"]["content"] == "Grüße\u2028👋"
        assert (event["id"], event["sessionId"]) == (headers["webhook-id"], str(session.id))
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 32).verify(body, headers)
        assert event == json.loads(body)


@pytest.mark.parametrize("wrong", [["--forward-to", "localhost:3000"], ["--forward-to", "http://x", "--secret", "x"]])
def test_what_cannot_be_used_is_said(terminal: Terminal, wrong: list[str]) -> None:
    said = terminal("listen", *wrong)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr
