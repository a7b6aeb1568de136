"""The examples of docs/webhooks.md, run: one makes a webhook, two verify what it is sent."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.client import AsyncGateway, Gateway, MessageReceivedEvent, NotVerified, WebhookNotice, Webhooks
from gateway.signing import signed
from tests.documents import blocks
from tests.integration.api.server import Api, Owner, until
from tests.integration.webhooks.receiver import Received, Receiver
from tests.integration.webhooks.running import Running, listen

PAGE = "docs/webhooks.md"


@pytest.fixture
def request_and_secret(api: Api, owner: Owner, receiver: Receiver, function: Running) -> tuple[Received, str]:
    """A message that a receiver got, and the secret to verify it with."""
    made = listen(api, receiver.url, types=["message.received"])
    owner.receive("hello 👋", "AB01")
    function.bell.ring()
    return until(lambda: next(iter(receiver.requests), None)), made["secret"]


def test_the_request_of_the_page_makes_a_webhook(api: Api) -> None:
    [block] = blocks("sh", PAGE)
    environment = {**os.environ, "KEY": api.key, "API": str(api.http.base_url).rstrip("/")}
    done = subprocess.run(["bash", "-ec", block.code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["secret"].startswith("whsec_")


def test_the_receiver_of_the_page_verifies(
    request_and_secret: tuple[Received, str], capsys: pytest.CaptureFixture[str]
) -> None:
    request, secret = request_and_secret
    [block] = blocks("python", PAGE)
    names: dict[str, Any] = {}
    exec(block.code, names)
    assert names["receive"](request.body, request.headers, secret) == 204
    assert capsys.readouterr().out.startswith("hello 👋")
    assert names["receive"](request.body + b" ", request.headers, secret) == 401


def test_the_typescript_of_the_page_verifies(request_and_secret: tuple[Received, str], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    request, secret = request_and_secret
    [block] = blocks("ts", PAGE)
    # Its types are checked where npm is (tests/integration/typescript); without them it is JavaScript.
    (tmp_path / "verify.mjs").write_text(re.sub(r": (string|Headers|Promise<unknown>)(?=[,) ])", "", block.code))
    (tmp_path / "run.mjs").write_text("""
        import { readFileSync } from "node:fs";
        import { verify } from "./verify.mjs";
        const { body, headers, secret } = JSON.parse(readFileSync(0, "utf-8"));
        const event = await verify(body, new Headers(headers), secret);
        console.log(event.data.message.content);
        await verify(body + " ", new Headers(headers), secret).catch((error) => console.log(error.message));
    """)
    given = json.dumps({"body": request.body.decode(), "headers": request.headers, "secret": secret})
    done = subprocess.run(
        [node, "run.mjs"], cwd=tmp_path, input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines() == ["hello 👋", "no signature fits"], done.stderr


def test_the_client_verifies(request_and_secret: tuple[Received, str], monkeypatch: pytest.MonkeyPatch) -> None:
    request, secret = request_and_secret
    event = Webhooks.verify(request.body, request.headers, ["whsec_AAAA", secret])
    assert isinstance(event, MessageReceivedEvent) and event.data.message
    assert event.data.message.content == "hello 👋"
    monkeypatch.setenv("GATEWAY_WEBHOOK_SECRET", secret)
    upper = {name.upper(): value for name, value in request.headers.items()}
    assert Webhooks.verify(request.body.decode(), upper) == event
    notice = json.dumps(
        {"id": "x", "type": "webhook.test", "timestamp": "2026-08-21T09:40:05Z", "sessionId": None, "seq": None}
        | {"userProfileId": None, "data": {"webhookId": "0198c7a4-1a2b-7c3d-8e4f-5a6b7c8d9e0f"}}
    ).encode()
    told = Webhooks.verify(notice, signed([secret], "x", datetime.now(UTC), notice))
    assert isinstance(told, WebhookNotice) and told.type == "webhook.test"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"webhook-id": "other"}, "No signature"),
        ({"webhook-timestamp": "1"}, "too old"),
        ({"webhook-timestamp": "soon"}, "cannot be read"),
        ({"webhook-timestamp": "²"}, "cannot be read"),
        ({"webhook-signature": ""}, "No signature"),
        ({"webhook-signature": "v1,é v2,x"}, "No signature"),
    ],
)
def test_what_the_gateway_did_not_send_is_refused(change: dict[str, str], says: str) -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbW1xq8f0a1c=", b"{}"
    headers = signed([secret], "x", datetime.now(UTC), body)
    with pytest.raises(NotVerified, match=says):
        Webhooks.verify(body, {**headers, **change}, secret)
    with pytest.raises(NotVerified, match="no event"):
        Webhooks.verify(body, headers, secret)


async def _listed(url: str, key: str) -> list[str]:
    async with AsyncGateway(url, key) as gateway:
        made = await gateway.webhooks.create("https://app.example.com/async", description="async")
        await gateway.webhooks.change(made.id, status="paused", types=["message.received"])
        return [f"{each.url} {each.status} {each.types}" async for each in gateway.webhooks.list()]


def test_both_clients_manage_webhooks(api: Api) -> None:
    url = str(api.http.base_url)
    assert asyncio.run(_listed(url, api.key)) == ["https://app.example.com/async paused ('message.received',)"]
    with Gateway(url, api.key) as gateway:
        [found] = gateway.webhooks.list()
        gateway.webhooks.change(found.id, status="active", all=True)
        delivery = gateway.webhooks.test(found.id)
        assert [each.id for each in gateway.webhooks.deliveries(found.id)] == [delivery.id]
        gateway.webhooks.delete(found.id)
        assert list(gateway.webhooks.list()) == []
