from __future__ import annotations

import httpx
import pytest

from tests.e2e.world import Linked, World, until


@pytest.fixture(scope="module")
def linked(world: World) -> Linked:
    return world.link()


def test_another_users_key_sees_nothing(world: World, linked: Linked) -> None:
    tenant = world.phone("Tenant")
    sent = linked.session.send(tenant, world.text("for my eyes only"))
    other_key = world.gateway.new_key()
    assert list(world.as_user(other_key).sessions()) == []
    theirs = f"/sessions/{linked.session.id}"
    message = f"{theirs}/messages/{sent.id}"
    with httpx.Client(base_url=world.gateway.api.url, headers={"X-API-Key": other_key}) as http:
        answers = [
            http.get(theirs),
            http.get(f"{theirs}/status"),
            http.post(f"{theirs}/connect"),
            http.post(f"{theirs}/disconnect"),
            http.post(f"{theirs}/logout"),
            http.post(f"{theirs}/messages", json={"to": tenant, "text": "forged"}),
            http.get(f"{theirs}/messages"),
            http.get(message),
            http.post(f"{message}/resend"),
            http.get(f"{theirs}/chats"),
            http.get(f"{theirs}/events"),
            http.delete(theirs),
        ]
    assert {answer.status_code for answer in answers} == {404}
    assert linked.state() == "connected"


@pytest.mark.slow
def test_pacing_says_when_to_come_back(world: World, linked: Linked) -> None:
    with world.stack.gateway(GATEWAY_MESSAGES_PER_MINUTE="2", GATEWAY_REQUESTS_PER_MINUTE="600") as strict:
        slow = World(world.stack, strict)
        strict.start_connector()
        paced, tenant = slow.link(), slow.phone("Tenant")
        for number in range(2):
            paced.session.send(tenant, slow.text(f"within the limit {number}"))
        headers = {"X-API-Key": strict.key}
        url = f"{strict.api.url}/sessions/{paced.session.id}/messages"
        refused = httpx.post(url, json={"to": tenant, "text": "too much"}, headers=headers)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert 0 < int(refused.headers["retry-after"]) <= 60
        with httpx.Client(base_url=strict.api.url, headers=headers) as http:
            until(lambda: "retry-after" in _refused(http), timeout=90, interval=0)
        assert [m["text"] for m in slow.whatsapp.messages(tenant)] == ["within the limit 0", "within the limit 1"]
        slow.close()


def _refused(http: httpx.Client) -> httpx.Headers:
    """The headers of an answer that says too many; empty when it was not refused."""
    answer = http.get("/sessions")
    return answer.headers if answer.status_code == 429 else httpx.Headers()
