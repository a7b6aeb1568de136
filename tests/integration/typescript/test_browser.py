"""The TypeScript client in Chromium: a page of another origin follows a session's events with a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.explorer.conftest import browser as browser
from tests.integration.api.conftest import parts as parts
from tests.integration.api.server import Parts
from tests.npm import succeed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

FOLLOW = """async ({ url, token, sessionId }) => {
    const { createGateway, follow } = await import("/whatsapp-gateway.js");
    const gateway = createGateway({ url, token });
    window.texts = [];
    window.ended = (async () => {
        for await (const event of follow(gateway, { after: "earliest", sessionId, types: ["message.received"] })) {
            texts.push(event.data.message.content);
        }
    })().catch((error) => error.status);
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(package: Path) -> Iterator[str]:
    """The origin of a page with the client as bundlers make it."""
    succeed(package, "npm", "run", "bundle")
    (package / "bundle" / "index.html").write_text("<!doctype html><title>Inbox</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(package / "bundle")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(site)
    yield page
    page.close()


def test_it_follows_a_session_until_that_is_deleted(parts: Parts, site: str, page: Page) -> None:
    # Streams end all the time: the client goes on behind the last event.
    with parts.api(cors_origins=[site], stream_seconds=0.5) as api:
        owner = api.linked_session()
        wanted = {"sessionIds": [str(owner.session_id)], "scopes": ["read"]}
        token = api.post("/tokens", wanted).json()["token"]
        url = str(api.http.base_url).rstrip("/")
        page.evaluate(FOLLOW, {"url": url, "token": token, "sessionId": str(owner.session_id)})
        expected: list[str] = []
        for number in range(5):
            expected.append(f"message {number}")
            owner.receive(expected[-1], f"AB{number}")
            page.wait_for_function("count => texts.length === count", arg=number + 1)
            with page.expect_request("**/events/stream*"):
                pass
        assert page.evaluate("texts") == expected
        api.request("DELETE", owner.path)
        assert page.evaluate("ended") == 404
