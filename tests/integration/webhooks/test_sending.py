"""Events arrive at a receiver: signed, in order, once where nothing fails, none of another user's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from standardwebhooks import WebhookVerificationError

from gateway.domain.access import Scope
from gateway.store import dispatching
from tests.integration.api.server import Api, Owner, Parts, until
from tests.integration.api.test_access import as_app
from tests.integration.webhooks.receiver import Received, Receiver, Reply
from tests.integration.webhooks.running import Running, deliveries, listen, receive_many

RECEIVED = {"types": ["message.received"]}


def test_an_event_arrives_as_the_log_shows_it(api: Api, owner: Owner, receiver: Receiver, function: Running) -> None:
    made = listen(api, f"{receiver.url}/hook?token=1", **RECEIVED)
    listen(api, f"{receiver.url}/bare", payload="ids", **RECEIVED)
    owner.receive("hello 👋", "AB01")
    assert function.bell.ring()
    until(lambda: len(receiver.requests) == 2)
    [request] = [each for each in receiver.requests if each.path == "/hook?token=1"]
    [event] = api.get("/events", types="message.received").json()["events"]
    assert request.verify(made["secret"]) == event
    assert event["data"]["message"]["content"] == "hello 👋"
    assert request.headers["webhook-id"] == event["id"]
    assert request.headers["content-type"] == "application/json"
    [bare] = receiver.events("/bare")
    assert "message" not in bare["data"] and bare["id"] == event["id"]
    [delivery] = until(lambda: deliveries(api, made, status="delivered"))
    [attempt] = delivery["attempts"]
    assert (attempt["status"], attempt["answer"], attempt["error"]) == (200, "ok", None)
    assert api.get(f"/webhooks/{made['id']}").json()["lastSuccessAt"]


def test_none_of_another_users_arrives(api: Api, owner: Owner, receiver: Receiver, function: Running) -> None:
    stranger = api.as_user()
    foreign, second = stranger.linked_session(), api.linked_session()
    app = as_app(api, Scope.MANAGE, Scope.READ)
    listen(api, f"{receiver.url}/own", **RECEIVED)
    listen(api, f"{receiver.url}/one", sessionIds=[str(second.session_id)], **RECEIVED)
    every = listen(app, f"{receiver.url}/every", **RECEIVED)
    some = listen(app, f"{receiver.url}/some", userProfileIds=[str(stranger.user)], **RECEIVED)
    for each in (owner, foreign, second):
        each.receive("hello", "AB01")
    function.bell.ring()
    until(lambda: len(receiver.requests) >= 7)

    def sessions(path: str) -> set[str]:
        return {event["sessionId"] for event in receiver.events(path)}

    mine = {str(owner.session_id), str(second.session_id)}
    assert sessions("/own") == mine
    assert sessions("/one") == {str(second.session_id)}
    assert sessions("/every") == mine | {str(foreign.session_id)}
    assert sessions("/some") == {str(foreign.session_id)}
    assert len(receiver.requests) == 7
    for made in (every, some):
        assert app.request("DELETE", f"/webhooks/{made['id']}").status_code == 204


def test_events_of_a_session_arrive_in_their_order(
    api: Api, owner: Owner, receiver: Receiver, function: Running
) -> None:
    other = api.linked_session()
    listen(api, receiver.url, **RECEIVED)
    for burst in range(3):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda each, prefix=f"M{burst}": receive_many(each, 15, prefix), (owner, other)))
        function.bell.ring()
    until(lambda: len(receiver.requests) >= 90, 30)
    for session in (owner, other):
        seqs = [event["seq"] for event in receiver.events() if event["sessionId"] == str(session.session_id)]
        assert seqs == sorted(seqs) and len(set(seqs)) == 45


def test_a_failing_event_holds_up_its_session_for_a_while_then_is_overtaken(
    api: Api, owner: Owner, receiver: Receiver, function: Running, hasty: None
) -> None:
    """Stated in docs/webhooks.md: up to its fifth failure; other sessions never wait."""
    other = api.linked_session()
    listen(api, receiver.url, **RECEIVED)
    tried: list[str] = []

    def answer(request: Received) -> Reply:
        text = request.event["data"]["message"]["content"]
        tried.append(text)
        return Reply(500 if text == "poison" and tried.count("poison") < 7 else 204, body=b"")

    receiver.answer = answer
    owner.receive("poison", "AB01")
    owner.receive("after", "AB02")
    other.receive("elsewhere", "AB03")
    function.bell.ring()
    until(lambda: tried.count("poison") == 7, 60)
    assert tried.index("elsewhere") < tried.index("after")
    assert tried[: tried.index("after")].count("poison") == 5
    assert tried.count("after") == tried.count("elsewhere") == 1


def test_a_secret_is_rotated_in_the_middle(api: Api, owner: Owner, receiver: Receiver, function: Running) -> None:
    made = listen(api, receiver.url, **RECEIVED)
    path = f"/webhooks/{made['id']}/rotate"

    def arrived(number: int) -> Received:
        owner.receive("hello", f"AB{number:02}")
        function.bell.ring()
        return until(lambda: receiver.requests[number] if len(receiver.requests) > number else None)

    arrived(0).verify(made["secret"])
    second = api.post(path, {"graceSeconds": 3600}).json()
    assert second["previousSecretUntil"]
    both = arrived(1)
    both.verify(made["secret"]), both.verify(second["secret"])
    third = api.post(path, {"graceSeconds": 0}).json()
    last = arrived(2)
    last.verify(third["secret"])
    for old in (made, second):
        with pytest.raises(WebhookVerificationError):
            last.verify(old["secret"])


def test_a_test_and_a_replay_arrive(api: Api, owner: Owner, receiver: Receiver, function: Running) -> None:
    owner.receive("before", "AB01")
    made = listen(api, receiver.url, **RECEIVED)
    api.post(f"/webhooks/{made['id']}/test")
    test = until(lambda: next(iter(receiver.requests), None))
    event = test.verify(made["secret"])
    assert (event["type"], event["sessionId"], event["data"]) == ("webhook.test", None, {"webhookId": made["id"]})
    api.post(f"/webhooks/{made['id']}/replay", {"after": "earliest"})
    until(lambda: len(receiver.requests) == 2)
    [delivery] = until(lambda: [each for each in deliveries(api, made, status="delivered") if each["seq"]])
    api.post(f"/webhooks/{made['id']}/deliveries/{delivery['id']}/redeliver")
    again = until(lambda: receiver.requests[2] if len(receiver.requests) == 3 else None)
    assert again.id == receiver.requests[1].id == delivery["eventId"]
    [sent] = until(lambda: [each for each in deliveries(api, made) if len(each["attempts"]) == 2])
    assert [attempt["number"] for attempt in sent["attempts"]] == [1, 2]


def test_two_dispatchers_at_once_write_each_event_down_once(
    api: Api, owner: Owner, receiver: Receiver, parts: Parts
) -> None:
    listen(api, receiver.url, **RECEIVED)
    receive_many(owner, 40)
    one, other = Running(parts, dispatch_events=7), Running(parts, dispatch_events=7)
    try:
        with ThreadPoolExecutor(8) as pool:
            looked = list(pool.map(lambda each: each.dispatcher.dispatch(), (one, other) * 4))
    finally:
        one.stop()
        other.stop()
    with psycopg.connect(parts.urls.admin) as admin:
        row = admin.execute(
            "SELECT count(*), count(DISTINCT seq) FROM gateway.webhook_deliveries WHERE session_id = %s",
            [owner.session_id],
        ).fetchone()
    assert row == (40, 40)
    assert sum(looked) >= 40


def test_an_event_that_commits_late_is_not_skipped(
    api: Api, owner: Owner, receiver: Receiver, function: Running, parts: Parts
) -> None:
    listen(api, receiver.url, **RECEIVED)
    with psycopg.connect(parts.urls.admin) as slow:
        slow.execute("SELECT pg_current_xact_id()")  # holds all readers of the log up
        owner.receive("hello", "AB01")
        with function.database.transaction() as connection:
            assert dispatching.dispatch(connection, 100).waits
        function.bell.ring()
        assert receiver.requests == []
    until(lambda: receiver.requests, 20)


def test_a_session_is_deleted_with_deliveries_open(
    api: Api, owner: Owner, receiver: Receiver, function: Running, hasty: None, parts: Parts
) -> None:
    made = listen(api, receiver.url, **RECEIVED)
    gate = threading.Event()
    receiver.answer = lambda _: Reply(200 if gate.is_set() else 500)
    owner.receive("secret words", "AB01")
    owner.receive("more", "AB02")
    function.bell.ring()
    until(lambda: receiver.requests)
    assert api.request("DELETE", owner.path).status_code in (202, 204)
    before = len(receiver.requests)
    gate.set()
    until(lambda: len(deliveries(api, made, status="delivered")) == 2, 30)
    for request in receiver.requests[before + 1 :]:
        assert "words" not in request.body.decode() and "message" not in request.event["data"]


def test_who_nobody_listens_to_is_not_told(api: Api, owner: Owner, parts: Parts) -> None:
    """What a message costs then: one small statement of a thread beside it, and no request to SQS."""
    running = Running(parts)
    try:
        for made in as_app(api, Scope.MANAGE, Scope.READ).get("/webhooks", limit=200).json()["webhooks"]:
            as_app(api, Scope.MANAGE).request("DELETE", f"/webhooks/{made['id']}")
        owner.receive("hello", "AB01")
        assert not running.bell.ring()
        assert running.dispatcher.dispatch() == 0
    finally:
        running.stop()
