"""Webhooks as the API makes, shows and changes them; tests/integration/webhooks sends."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from gateway.domain.access import Scope
from gateway.store import webhooks
from infra.local.queues import sqs_client
from tests.integration.api.server import Api, Owner
from tests.integration.api.test_access import as_app, limited, token_of

JSON = dict[str, Any]
URL = "https://app.example.com/api/whatsapp"


def make(api: Api, **more: Any) -> JSON:
    answer = api.post("/webhooks", {"url": URL, **more})
    assert answer.status_code == 201, answer.text
    body: JSON = answer.json()
    return body


def test_the_secret_is_shown_once_and_sealed(api: Api) -> None:
    made = make(api, description="inbox", types=["message.received"])
    secret = made.pop("secret")
    assert secret.startswith("whsec_") and len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert (made["all"], made["payload"], made["status"]) == (True, "full", "active")
    assert made["userProfileId"] == str(api.user)
    assert api.get(f"/webhooks/{made['id']}").json() == made
    assert api.get("/webhooks").json() == {"webhooks": [made], "nextCursor": None}
    with psycopg.connect(api.parts.urls.admin) as admin:
        row = admin.execute("SELECT secret FROM gateway.webhooks WHERE id = %s", [made["id"]]).fetchone()
    assert row and secret.encode() not in row[0]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://app.example.com/"}, "url"),
        ({"url": "ftp://app.example.com/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://[::1]/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://user:pass@app.example.com/"}, "url"),
        ({"url": "https://app.example.com/#part"}, "url"),
        ({"url": "https://app.example.com:99999/"}, "url"),
        ({"url": "https://app.example.com/a b"}, "url"),
        ({"url": "https://ex\u00e4mple.com/"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://app.example.com/" + "x" * 2000}, "url"),
        ({"url": None}, "url"),
        ({"types": []}, "types"),
        ({"types": ["message.unheard"]}, "types.0"),
        ({"types": ["message.received", "message.received"]}, "types"),
        ({"types": ["webhook.test"]}, "types.0"),
        ({"sessionIds": []}, "sessionIds"),
        ({"sessionIds": ["x"]}, "sessionIds.0"),
        ({"sessionIds": [str(uuid4())], "all": True}, "all"),
        ({"all": False}, "all"),
        ({"payload": "everything"}, "payload"),
        ({"description": "a\x00b"}, "description"),
        ({"description": "x" * 201}, "description"),
        ({"secret": "whsec_x"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(api: Api, wrong: JSON, field: str) -> None:
    answer = api.post("/webhooks", {"url": URL, **wrong})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith(field), answer.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": None}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"payload": None}, "payload"),
        ({"status": "gone"}, "status"),
        ({"types": []}, "types"),
        ({"sessionIds": [str(uuid4())], "userProfileIds": [str(uuid4())]}, "userProfileIds"),
    ],
)
def test_what_is_wrong_in_a_change_is_named(api: Api, wrong: JSON, field: str) -> None:
    made = make(api)
    answer = api.request("PATCH", f"/webhooks/{made['id']}", json=wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("rotate", {"graceSeconds": -1}, "graceSeconds"),
        ("rotate", {"graceSeconds": 10**9}, "graceSeconds"),
        ("replay", {}, "after"),
        ("replay", {"after": "yesterday"}, "after"),
        ("replay", {"after": "earliest", "until": "latest"}, "until"),
        ("replay", {"after": "2026-08-21T09:40:00"}, "after"),
        ("replay", {"after": 5, "until": []}, "until"),
    ],
)
def test_what_is_wrong_in_an_action_is_named(api: Api, path: str, body: JSON, field: str) -> None:
    answer = api.post(f"/webhooks/{make(api)['id']}/{path}", body)
    assert answer.status_code == 422, answer.text
    assert any(error["field"].startswith(field) for error in answer.json()["errors"]), answer.text


def test_a_change_leaves_what_it_does_not_name(api: Api, owner: Owner) -> None:
    made = make(api, types=["message.received"], sessionIds=[str(owner.session_id)])
    path = f"/webhooks/{made['id']}"
    changed = api.request("PATCH", path, json={"description": "new", "types": None}).json()
    assert (changed["description"], changed["types"], changed["sessionIds"]) == ("new", None, [str(owner.session_id)])
    whole = api.request("PATCH", path, json={"all": True, "status": "paused"}).json()
    assert (whole["all"], whole["sessionIds"], whole["pausedReason"]) == (True, None, "requested")
    refused = api.post(f"{path}/test")
    assert (refused.status_code, refused.json()["reason"]) == (409, "webhook_paused")
    assert api.request("PATCH", path, json={"status": "active"}).json()["pausedAt"] is None
    assert api.request("DELETE", path).status_code == 204
    assert api.get(path).status_code == 404
    assert api.get("/webhooks").json()["webhooks"] == []


def test_a_webhook_is_of_what_its_key_reaches(api: Api, owner: Owner) -> None:
    other, stranger = api.linked_session(), api.as_user()
    mine = str(owner.session_id)
    made = make(api)
    assert stranger.get(f"/webhooks/{made['id']}").status_code == 404
    assert stranger.request("DELETE", f"/webhooks/{made['id']}").status_code == 404
    foreign = api.post("/webhooks", {"url": URL, "sessionIds": [stranger.new_session()]})
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (404, "sessionIds")
    foreign = api.post("/webhooks", {"url": URL, "userProfileIds": [str(stranger.user)]})
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (404, "userProfileIds")
    narrow = limited(api, Scope.MANAGE, Scope.READ, sessions=(mine,))
    assert make(narrow)["sessionIds"] == [mine]
    assert narrow.get(f"/webhooks/{made['id']}").status_code == 404
    assert narrow.post("/webhooks", {"url": URL, "sessionIds": [str(other.session_id)]}).status_code == 404
    app = as_app(api, Scope.MANAGE, Scope.READ)
    assert make(app)["userProfileId"] is None
    assert app.get(f"/webhooks/{made['id']}").status_code == 200
    assert make(app, userProfileIds=[str(api.user)])["userProfileIds"] == [str(api.user)]


def test_who_may_not_read_cannot_have_it_sent(api: Api, owner: Owner) -> None:
    blind = limited(api, Scope.MANAGE)
    assert blind.post("/webhooks", {"url": URL}).status_code == 403
    made = make(api)
    assert blind.request("PATCH", f"/webhooks/{made['id']}", json={"url": URL}).status_code == 403
    assert blind.request("PATCH", f"/webhooks/{made['id']}", json={"status": "paused"}).status_code == 200
    token = token_of(api, [str(owner.session_id)], Scope.MANAGE, Scope.READ)
    assert token.post("/webhooks", {"url": URL}).status_code == 403


def test_there_is_a_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST", 2)
    make(api), make(api)
    refused = api.post("/webhooks", {"url": URL})
    assert (refused.status_code, refused.json()["reason"]) == (409, "too_many_webhooks")


def test_a_test_is_a_delivery_that_rings(api: Api) -> None:
    made = make(api)
    path = f"/webhooks/{made['id']}"
    sent = api.post(f"{path}/test")
    assert sent.status_code == 202
    delivery = sent.json()
    assert (delivery["type"], delivery["status"], delivery["sessionId"]) == ("webhook.test", "pending", None)
    assert api.get(f"{path}/deliveries/{delivery['id']}").json() == delivery
    assert api.get(f"{path}/deliveries").json() == {"deliveries": [delivery], "nextCursor": None}
    assert api.get(f"{path}/deliveries", status="failed").json()["deliveries"] == []
    assert api.post(f"{path}/deliveries/{delivery['id']}/redeliver").status_code == 202
    queues = api.parts.queues
    answer = sqs_client(queues.endpoint).receive_message(
        QueueUrl=queues.urls["webhooks"], MaxNumberOfMessages=10, WaitTimeSeconds=5
    )
    assert any(made["id"] in message["Body"] for message in answer["Messages"])


def test_a_stretch_is_replayed(api: Api, owner: Owner) -> None:
    owner.receive("before", "AB01")
    made = make(api, types=["message.received"])
    path = f"/webhooks/{made['id']}"
    for number in range(2, 5):
        owner.receive(f"{number}", f"AB{number:02}")
    events = api.get("/events", after="earliest", types="message.received").json()["events"]
    assert api.post(f"{path}/replay", {"after": "earliest"}).json() == {"replayed": 4, "nextAfter": None}
    assert api.post(f"{path}/replay", {"after": "earliest"}).json()["replayed"] == 0  # they are open
    pages = api.get(f"{path}/deliveries", limit=3).json()
    rest = api.get(f"{path}/deliveries", limit=3, cursor=pages["nextCursor"]).json()
    listed = [delivery["eventId"] for page in (pages, rest) for delivery in page["deliveries"]]
    assert listed == [event["id"] for event in reversed(events)]
    other = make(api, types=["message.received"])
    stretch = {"after": events[0]["id"], "until": events[2]["id"]}
    assert api.post(f"/webhooks/{other['id']}/replay", stretch).json()["replayed"] == 2
    third = make(api, types=["message.received"])
    stretch = {"after": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    assert api.post(f"/webhooks/{third['id']}/replay", stretch).json()["replayed"] == 0
    stretch = {"after": "2026-01-01T00:00:00+02:00", "until": "2222-01-02T00:00:00Z"}
    assert api.post(f"/webhooks/{third['id']}/replay", stretch).json()["replayed"] == 4
