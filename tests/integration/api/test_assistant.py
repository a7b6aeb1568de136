"""The assistant over REST: settings, turns, usage, takeovers. functions/replies is played with its own code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway.aws.encryption import ModelKeys
from gateway.domain.turns import Failure
from gateway.store import events, incoming
from gateway.store.assistant import configs, intake, turns, usage
from gateway.store.database import Database
from gateway.store.incoming import Incoming
from infra.local.kms import ALIAS
from tests.integration.api.server import BOB, Api, Owner, Parts

KEY = "sk-secret-0123456789wXyZ"


def change(api: Api, path: str, **settings: Any) -> dict[str, Any]:
    answer = api.request("PATCH", f"{path}/ai", json=settings)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refused(api: Api, path: str, **settings: Any) -> str:
    answer = api.request("PATCH", f"{path}/ai", json=settings)
    assert answer.status_code == 422, answer.text
    return str(answer.json()["errors"][0]["field"])


def test_without_settings_the_defaults_are_shown_switched_off(api: Api, path: str) -> None:
    body = api.get(f"{path}/ai").json()
    assert (body["enabled"], body["debounceSeconds"], body["groups"]) == (False, 4, "never")
    assert (body["apiKey"], body["model"], body["takeoverMinutes"], body["dailyTokens"]) == (None, None, 30, 200_000)


def test_what_is_omitted_stays(api: Api, path: str) -> None:
    change(api, path, enabled=True, systemPrompt="Be kind.", temperature=0.5, fallbackText="Later.", apiKey=KEY)
    body = change(api, path, model="small", temperature=None)
    assert body == api.get(f"{path}/ai").json()
    assert (body["enabled"], body["systemPrompt"], body["model"]) == (True, "Be kind.", "small")
    assert (body["temperature"], body["fallbackText"], body["apiKey"]) == (None, "Later.", "wXyZ")


def test_put_replaces_everything(api: Api, path: str) -> None:
    before = api.get(f"{path}/ai").json()
    change(api, path, enabled=True, systemPrompt="Be kind.", allow=["+4915112345678"], apiKey=KEY)
    body = api.request("PUT", f"{path}/ai", json={"temperature": 0.5}).json()
    assert {name for name in body if body[name] != before[name]} == {"temperature", "updatedAt"}
    assert api.get(f"{path}/ai").json() == body
    assert api.request("PUT", f"{path}/ai", json={"temperature": 3}).status_code == 422


def test_put_keeps_the_key_that_is_given_by_its_end(api: Api, path: str) -> None:
    change(api, path, apiKey=KEY, baseUrl="https://models.example/v1")
    kept = {"apiKey": "wXyZ", "baseUrl": "https://models.example/v1"}
    body = api.request("PUT", f"{path}/ai", json=kept).json()
    assert kept.items() <= body.items()


def test_the_key_is_shown_by_its_end_alone_and_stored_for_its_session(api: Api, path: str, replies: Database) -> None:
    assert change(api, path, apiKey=KEY)["apiKey"] == "wXyZ"
    assert KEY not in api.get(f"{path}/ai").text
    session_id = UUID(path.rpartition("/")[2])
    with replies.transaction() as connection:
        ciphertext = configs.encrypted_key(connection, session_id)
    assert ciphertext and KEY.encode() not in ciphertext
    assert ModelKeys(ALIAS).decrypt(ciphertext, session_id).get_secret_value() == KEY
    body = api.get(f"{path}/ai").json()
    assert change(api, path, apiKey=body["apiKey"])["apiKey"] == "wXyZ"
    with replies.transaction() as connection:
        assert configs.encrypted_key(connection, session_id) == ciphertext
    assert change(api, path, apiKey=None)["apiKey"] is None
    with replies.transaction() as connection:
        assert configs.encrypted_key(connection, session_id) is None


def test_the_stored_key_is_not_sent_to_another_service(api: Api, path: str) -> None:
    change(api, path, apiKey=KEY)
    assert refused(api, path, baseUrl="https://elsewhere.example/v1") == "apiKey"
    body = change(api, path, baseUrl="https://elsewhere.example/v1/", apiKey="another-key-9876")
    assert (body["baseUrl"], body["apiKey"]) == ("https://elsewhere.example/v1", "9876")
    assert change(api, path, baseUrl="https://elsewhere.example/v1", model="x")["apiKey"] == "9876"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example",
        "https://",
        "http://a.example/v1",
        "https://user:pw@a.example",
        "https://127.0.0.1/v1",
        "https://169.254.169.254/latest",
        "https://[::1]/v1",
        "https://localhost/v1",
        "https://a.example/v1?x=1",
        "https://a.example:99999/",
        "https://a.example/\x01",
        "https://a.example/v1#x",
        "https://[",
    ],
)
def test_a_service_must_have_a_public_https_address(api: Api, path: str, url: str) -> None:
    assert refused(api, path, baseUrl=url) == "baseUrl"


def test_where_it_is_allowed_a_service_may_be_inside(parts: Parts) -> None:
    with parts.api(private_model_urls=True) as api:
        path = f"/sessions/{api.new_session()}"
        assert change(api, path, baseUrl="http://127.0.0.1:11434/v1")["baseUrl"] == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"temperature": 3}, "temperature"),
        ({"enabled": None}, "enabled"),
        ({"groups": "always"}, "groups"),
        ({"allow": ["nobody"]}, "allow.0"),
        ({"deny": ["+4915112345678", "x"]}, "deny.1"),
        ({"systemPrompt": "a\x00b"}, "systemPrompt"),
        ({"apiKey": "short"}, "apiKey"),
        ({"apiKey": "key with spaces"}, "apiKey"),
        ({"fallbackText": ""}, "fallbackText"),
        ({"unknown": 1}, "unknown"),
        ({"language": "xx"}, "language"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"timeZone": "XYZ-5"}, "timeZone"),
        ({"timeZone": "posixrules"}, "timeZone"),
        ({"timeZone": ""}, "timeZone"),
        ({"timeZone": None}, "timeZone"),
        ({"disclosureText": ""}, "disclosureText"),
        ({"unseenMedia": "guess"}, "unseenMedia"),
        ({"model": "dear"}, "model"),
        ({"maxTokens": 2001}, "maxTokens"),
    ],
)
def test_wrong_settings_are_refused_by_name(api: Api, path: str, settings: dict[str, Any], field: str) -> None:
    assert refused(api, path, **settings) == field


def test_contacts_are_kept_in_one_spelling(api: Api, path: str) -> None:
    body = change(api, path, allow=["0049 151 12345678", "123@lid"], deny=["4915112345679@s.whatsapp.net"])
    assert (body["allow"], body["deny"]) == (["+4915112345678", "123@lid"], ["+4915112345679"])


def test_without_kms_a_key_cannot_be_set_and_everything_else_can(
    api: Api, path: str, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with parts.api() as without:
        mine = without.as_user(api.user)
        answer = mine.request("PATCH", f"{path}/ai", json={"apiKey": KEY})
        assert (answer.status_code, answer.json()["code"]) == (503, "encryption_unavailable")
        assert answer.headers["Retry-After"]
        assert KEY not in answer.text
        assert change(mine, path, enabled=True)["enabled"] is True


def test_anothers_assistant_is_not_found(api: Api, path: str) -> None:
    other = api.as_user()
    for method, tail in (
        ("GET", "/ai"),
        ("PUT", "/ai"),
        ("PATCH", "/ai"),
        ("POST", "/ai/test"),
        ("GET", "/ai/usage"),
        ("GET", "/ai/turns"),
        ("GET", f"/ai/turns/{api.user}"),
        ("GET", "/chats/x/takeover"),
        ("POST", "/chats/x/takeover"),
        ("DELETE", "/chats/x/takeover"),
    ):
        body = {"message": "x"} if tail == "/ai/test" else {} if method in ("PUT", "PATCH", "POST") else None
        assert other.request(method, path + tail, json=body).status_code == 404, (method, tail)


def hear(owner: Owner, text: str, message_id: str = "AB01", **changes: Any) -> None:
    came = Incoming(
        message_id, BOB, BOB, False, datetime.now(UTC), changes.pop("message_type", "text"), text, **changes
    )
    with owner.fenced() as fence:
        [stored] = incoming.store(fence, [came])
        assert stored
        intake.on_message(fence, configs.get(fence.connection, fence.session_id), came, stored)


def test_turns_are_listed_newest_first_by_chat_and_by_state(api: Api, owner: Owner) -> None:
    change(api, owner.path, enabled=True)
    for i in range(3):
        hear(owner, "👍", f"AB{i}", message_type="reaction")
    hear(owner, "Hello", "AB9")
    first = api.get(f"{owner.path}/ai/turns", limit=2).json()
    assert [turn["status"] for turn in first["turns"]] == ["waiting", "skipped"]
    assert first["turns"][1]["reason"] == "unsupported_kind"
    assert first["turns"][1]["detail"] == "Messages of this kind are not answered."
    second = api.get(f"{owner.path}/ai/turns", limit=2, cursor=first["nextCursor"]).json()
    assert (len(second["turns"]), second["nextCursor"]) == (2, None)
    waiting = api.get(f"{owner.path}/ai/turns", status="waiting", chat=BOB.phone_number).json()["turns"]
    messages = api.get(f"{owner.path}/messages").json()["messages"]
    assert [turn["messageId"] for turn in waiting] == [messages[0]["id"]]
    assert api.get(f"{owner.path}/ai/turns", chat="+15559999999").status_code == 404
    assert api.get(f"{owner.path}/ai/turns", status="lost").status_code == 422


def test_usage_is_shown_by_day_beside_the_budget(api: Api, owner: Owner, replies: Database) -> None:
    change(api, owner.path, enabled=True, dailyTokens=5000, debounceSeconds=0)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert api.get(f"{owner.path}/ai/usage").json() == {"dailyTokens": 5000, "today": today, "days": []}
    hear(owner, "Hello")
    with replies.transaction() as connection:
        (turn,) = turns.page(connection, owner.session_id, limit=1)
        usage.reserve(connection, turn, 100, None)
        usage.settle(connection, turn.id, 30, 12)
    (day,) = api.get(f"{owner.path}/ai/usage").json()["days"]
    assert day == {
        "day": f"{datetime.now(UTC):%Y-%m-%d}", "calls": 1, "promptTokens": 30, "completionTokens": 12,
        "totalTokens": 42,
    }  # fmt: skip


def test_a_person_takes_over_and_hands_back(api: Api, owner: Owner) -> None:
    change(api, owner.path, enabled=True)
    owner.receive("Hello")
    chat = f"{owner.path}/chats/{BOB.phone_number}/takeover"
    assert api.get(chat).json()["takenOver"] is False
    body = api.post(chat, {"minutes": 90}).json()
    assert (body["takenOver"], body["reason"]) == (True, "requested")
    left = datetime.fromisoformat(body["until"]) - datetime.now(UTC)
    assert timedelta(minutes=89) < left <= timedelta(minutes=90)
    hear(owner, "Are you there?", "AB02")
    assert api.get(f"{owner.path}/ai/turns").json()["turns"][0]["reason"] == "taken_over"
    assert api.request("DELETE", chat).json() == {
        "chatId": body["chatId"],
        "takenOver": False,
        "until": None,
        "reason": None,
    }
    hear(owner, "Hello?", "AB03")
    assert api.get(f"{owner.path}/ai/turns").json()["turns"][0]["status"] == "waiting"
    with owner.fenced() as fence:
        kinds = [
            (event.type, event.data.get("takenOver"))
            for event in events.after(fence.connection, owner.session_id, 0, 99)
        ]
    assert [kind for kind in kinds if kind[0] == "chat.takeover"] == [("chat.takeover", True), ("chat.takeover", False)]


def test_without_a_body_a_takeover_lasts_as_long_as_the_settings_say(api: Api, owner: Owner) -> None:
    change(api, owner.path, takeoverMinutes=10)
    owner.receive("Hello")
    body = api.post(f"{owner.path}/chats/{BOB.phone_number}/takeover").json()
    assert datetime.fromisoformat(body["until"]) - datetime.now(UTC) <= timedelta(minutes=10)
    assert api.post(f"{owner.path}/chats/+15559999999/takeover").status_code == 404


def test_sending_by_hand_is_a_takeover(api: Api, owner: Owner, aside: ThreadPoolExecutor) -> None:
    change(api, owner.path, enabled=True)
    api.post(f"{owner.path}/messages", {"to": BOB.phone_number, "text": "I am here"}, Prefer="respond-async")
    body = api.get(f"{owner.path}/chats/{BOB.phone_number}/takeover").json()
    assert (body["takenOver"], body["reason"]) == (True, "wrote")


def test_a_problem_is_shown_until_the_settings_change(api: Api, owner: Owner, replies: Database) -> None:
    change(api, owner.path, enabled=True, apiKey=KEY)
    with replies.transaction() as connection:
        configs.record_problem(
            connection, owner.session_id, Failure.KEY_REFUSED, "HTTP 401", pause=timedelta(minutes=5), after=1
        )
    body = api.get(f"{owner.path}/ai").json()
    assert body["problem"] == "key_refused" and body["pausedUntil"] and body["problemAt"]
    assert body["problemDetail"] == "The model's service refused the key: set a valid apiKey. HTTP 401"
    assert change(api, owner.path, apiKey="another-key-9876")["problem"] is None
