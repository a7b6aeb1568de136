"""Events over a WebSocket: whose they are, from where they go on, and what else a client may ask."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gateway.aws.queues import PushQueue
from gateway.domain.access import Scope
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.api.test_access import limited, token_of
from tests.integration.api.test_sentences import assert_ours
from tests.integration.websocket.conftest import JSON, Connect, Services


def logged(api: Api, after: str) -> list[JSON]:
    found: list[JSON] = api.get("/events", after=after).json()["events"]
    return found


def rows(parts: Parts) -> int:
    with psycopg.connect(parts.urls.admin) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM gateway.push_connections").fetchall()
        return int(count)


def test_who_subscribes_gets_events_as_the_log_shows_them(api: Api, owner: Owner, connected: Connect) -> None:
    client = connected(api)
    answer = client.ask(action="subscribe")
    assert (answer["type"], answer["id"]) == ("subscribed", "1")
    owner.receive("hello")
    assert client.events(1) == logged(api, answer["cursor"])


def test_who_comes_back_with_a_cursor_misses_nothing(api: Api, owner: Owner, connected: Connect) -> None:
    first = connected(api)
    cursor = first.ask(action="subscribe")["cursor"]
    owner.receive("one", "AB01")
    [seen] = first.events(1)
    first.socket.close()
    for number in range(2, 5):
        owner.receive("x" * 20_000, f"AB0{number}")
    second = connected(api)
    second.ask(action="subscribe", after=seen["id"])
    assert [seen, *second.events(3)] == logged(api, cursor)


def test_what_no_message_can_hold_comes_without_its_content(api: Api, owner: Owner, connected: Connect) -> None:
    client = connected(api)
    client.ask(action="subscribe")
    stored = owner.receive("€" * 60_000)
    [event] = client.events(1)
    assert event["data"]["id"] == str(stored)
    assert "message" not in event["data"]


def test_a_browser_comes_with_a_token_and_gets_only_its_sessions(api: Api, owner: Owner, connected: Connect) -> None:
    other = api.linked_session()
    client = connected(token_of(api, [str(owner.session_id)], Scope.READ))
    client.ask(action="subscribe", types=["message.received"], payload="ids")
    other.receive("not yours")
    stored = owner.receive("yours")
    [event] = client.events(1)
    assert event["data"]["id"] == str(stored)
    assert "message" not in event["data"]


def test_a_subscription_takes_the_place_of_the_one_before_and_ends(api: Api, owner: Owner, connected: Connect) -> None:
    other = api.linked_session()
    client = connected(api)
    client.ask(action="subscribe", sessionIds=[str(owner.session_id)])
    client.ask(action="subscribe", sessionIds=[str(other.session_id)])
    owner.receive("of the first")
    other.receive("of the second")
    [event] = client.events(1)
    assert event["sessionId"] == str(other.session_id)
    assert client.ask(action="unsubscribe")["type"] == "unsubscribed"
    other.receive("unheard", "AB02")
    assert client.ask(action="ping")["type"] == "pong"


def test_a_message_is_sent_as_over_rest(api: Api, owner: Owner, connected: Connect) -> None:
    client = connected(token_of(api, [str(owner.session_id)], Scope.READ, Scope.SEND))
    owner.lose_connection()
    request = {"action": "send", "sessionId": str(owner.session_id), "idempotencyKey": "once"}
    message = {"to": "+15550002002", "text": "hello"}
    sent = client.ask(**request, message=message)
    assert (sent["type"], sent["status"], sent["id"]) == ("sent", 202, "1")
    assert client.ask(**request, message=message)["body"] == sent["body"]
    stored = api.get(f"{owner.path}/messages/{sent['body']['id']}").json()
    assert stored["content"] == "hello"
    wrong = client.ask(**request | {"idempotencyKey": "other"}, message={"to": "x", "text": "hello"})
    assert (wrong["status"], wrong["body"]["errors"][0]["field"]) == (422, "to")


def test_nobody_sends_without_the_right_to(api: Api, owner: Owner, connected: Connect) -> None:
    stranger = api.as_user().linked_session()
    reader, sender = limited(api, Scope.READ), connected(api)
    message = {"to": "+15550002002", "text": "hello"}
    refused = connected(reader).ask(action="send", sessionId=str(owner.session_id), message=message)
    assert (refused["status"], refused["body"]["code"]) == (403, "forbidden")
    unknown = sender.ask(action="send", sessionId=str(stranger.session_id), message=message)
    assert (unknown["status"], unknown["body"]["code"]) == (404, "not_found")


def test_one_who_may_not_read_is_not_let_in(api: Api, services: Services) -> None:
    cases: list[tuple[str, dict[str, str], int]] = [
        ("", {}, 401),
        ("/?token=x", {}, 401),
        (f"/?token={api.key}", {}, 401),
        ("", {"X-API-Key": limited(api, Scope.SEND).key}, 403),
    ]
    for path, headers, status in cases:
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(services.websockets.url + path, additional_headers=headers),
        ):
            pass
        assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({}, "action"),
        ({"action": "dance"}, "action"),
        ({"action": "subscribe", "after": "17"}, "after"),
        ({"action": "subscribe", "types": ["message.recieved"]}, "types.0"),
        ({"action": "subscribe", "types": []}, "types"),
        ({"action": "subscribe", "sessionIds": ["x"]}, "sessionIds.0"),
        ({"action": "subscribe", "sessionIds": [str(uuid4())]}, "sessionIds"),
        ({"action": "subscribe", "payload": "none"}, "payload"),
        ({"action": "subscribe", "session": "x"}, "session"),
        ({"action": "send", "message": {}}, "sessionId"),
    ],
)
def test_what_is_wrong_is_named(api: Api, connected: Connect, request_: JSON, field: str) -> None:
    answer = connected(api).ask(**request_)
    assert (answer["type"], answer["id"], answer["errors"][0]["field"]) == ("error", "1", field)
    assert_ours(answer["detail"])


def test_what_is_no_json_is_an_answer_too(api: Api, connected: Connect) -> None:
    client = connected(api)
    for text in ("", "hello", "[]", "null"):
        client.socket.send(text)
        answer = client.next()
        assert answer["type"] == "error"
        assert_ours(answer["detail"])


def test_a_connection_ends_with_its_key(api: Api, owner: Owner, connected: Connect) -> None:
    other = api.with_key(api.parts.issue(api.user, [Scope.READ]).text)
    key_id = other.get("/keys/current").json()["id"]
    client = connected(other)
    client.ask(action="subscribe")
    with psycopg.connect(api.parts.urls.admin) as connection:
        connection.execute("UPDATE gateway.api_keys SET revoked_at = now() WHERE id = %s", [key_id])
    owner.receive("unheard")
    assert client.next() == {
        "type": "ended",
        "code": "unauthenticated",
        "detail": "This API key is unknown, has ended or was revoked.",
    }
    with pytest.raises(ConnectionClosed):
        client.next()


def test_a_connection_that_is_gone_is_forgotten(api: Api, owner: Owner, connected: Connect, parts: Parts) -> None:
    before = rows(parts)
    client = connected(api)
    client.ask(action="subscribe")
    assert rows(parts) == before + 1
    client.socket.close()
    until(lambda: rows(parts) == before)


def test_a_row_whose_connection_nobody_knows_is_deleted_at_the_first_push(
    api: Api, owner: Owner, connected: Connect, parts: Parts
) -> None:
    """$disconnect is best effort: API Gateway says 410 where it did not come."""
    cursor = connected(api).ask(action="subscribe")["cursor"]
    with psycopg.connect(parts.urls.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.push_connections (id, key_id, expires_at, cursor, types)"
            " SELECT 'gone', key_id, expires_at, cursor, types FROM gateway.push_connections WHERE cursor = %s",
            [cursor],
        )
    owner.receive("hello")

    def is_gone() -> bool:
        with psycopg.connect(parts.urls.admin) as connection:
            return not connection.execute("SELECT FROM gateway.push_connections WHERE id = 'gone'").fetchall()

    until(is_gone)


def test_the_one_who_pushes_is_killed_and_nothing_is_lost(
    api: Api, owner: Owner, connected: Connect, services: Services, parts: Parts
) -> None:
    client = connected(api)
    cursor = client.ask(action="subscribe")["cursor"]
    owner.receive("one", "AB01")
    seen: dict[str, Any] = {event["id"]: event for event in client.events(1)}
    services.pushes.kill_group()
    owner.receive("two", "AB02")
    with psycopg.connect(parts.urls.admin) as connection:  # its time passes
        connection.execute("UPDATE gateway.push_lease SET expires_at = now() - interval '1 second'")
    services.pushes.start()
    assert client.ask(action="ping")["type"] == "pong"
    PushQueue(parts.queues.prefix).send()  # as the sweeper does
    while len(seen) < 2:
        seen |= {event["id"]: event for event in client.next()["events"]}
    assert list(seen.values()) == logged(api, cursor)
