from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from functions.api.openapi import FILE
from tests.integration.api.server import Api, Owner

METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [
    (method.upper(), path)
    for path, item in json.loads(FILE.read_text(encoding="utf-8"))["paths"].items()
    for method in METHODS
    if method in item and path != "/health"
]
OF_A_SESSION = [(method, path) for method, path in OPERATIONS if "{session_id}" in path]
NOWHERE = "0198c7a6-0000-7000-8000-000000000000"
# A body that every operation accepts or ignores, so that nothing but the key decides.
IDS = ("message_id", "turn_id", "key_id", "webhook_id", "delivery_id", "media_id", "operation_id", "group", "contact")
_PEOPLE = {"participants": ["+15550002002"]}
BODIES: dict[str, dict[str, Any]] = {
    "/sessions/{session_id}/messages": {"to": "+15550002002", "text": "x"},
    "/sessions/{session_id}/messages/{message_id}": {"text": "x"},
    "/sessions/{session_id}/messages/{message_id}/reactions": {"emoji": "👍"},
    "/sessions/{session_id}/messages/{message_id}/pin": {"seconds": 86_400},
    "/sessions/{session_id}/media/uploads": {},
    "/sessions/{session_id}/chats/{chat}/disappearing": {"seconds": 86_400},
    "/sessions/{session_id}/chats/{chat}/typing": {"state": "typing"},
    "/sessions/{session_id}/chats/{chat}/presence": {"minutes": 5},
    "/sessions/{session_id}/groups": {"subject": "x"},
    "/sessions/{session_id}/groups/{group}": {"locked": True},
    "PATCH /sessions/{session_id}/groups/{group}/participants": {**_PEOPLE, "action": "promote"},
    "DELETE /sessions/{session_id}/groups/{group}/participants": _PEOPLE,
    "/sessions/{session_id}/groups/{group}/participants": _PEOPLE,
    "/sessions/{session_id}/groups/join": {"link": "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv"},
    "/sessions/{session_id}/numbers/check": {"numbers": ["+15550002002"]},
    "/sessions/{session_id}/connect": {},
    "/sessions": {"sessionName": "x"},
    "/keys": {"name": "x", "scopes": ["admin"]},
    "/tokens": {"sessionIds": [NOWHERE], "scopes": ["read"]},
    "/sessions/{session_id}": {},
    "/sessions/{session_id}/ai": {},
    "/sessions/{session_id}/ai/test": {"message": "x"},
}
FORMS = [("POST", "/sessions/{session_id}/media")]


def ask(api: Api, method: str, path: str, session_id: object, **others: str) -> tuple[int, dict[str, Any]]:
    names = {**dict.fromkeys(IDS, NOWHERE), "chat": "+15550002002", **others}
    body = BODIES.get(f"{method} {path}", BODIES.get(path) if method in ("POST", "PUT", "PATCH") else None)
    files = {"file": ("x.txt", b"x")} if (method, path) in FORMS else None
    answer = api.request(method, path.format(session_id=session_id, **names), json=body, files=files)
    return answer.status_code, answer.json() if "json" in answer.headers.get("Content-Type", "") else {}


def told(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in ("requestId", "instance")}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_needs_a_key(api: Api, method: str, path: str) -> None:
    ids = dict.fromkeys(IDS, NOWHERE)
    answer = api.http.request(method, path.format(session_id=NOWHERE, chat=NOWHERE, **ids))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="whatsapp-gateway"'
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), OF_A_SESSION)
def test_another_users_session_looks_like_none(api: Api, owner: Owner, method: str, path: str) -> None:
    received = owner.receive("hello")
    stranger = api.as_user()
    status, problem = ask(stranger, method, path, owner.session_id, message_id=str(received))
    assert (status, told(problem)) == (404, told(ask(stranger, method, path, NOWHERE)[1]))
    assert ask(stranger, method, path, "no-uuid")[1]["detail"] == problem["detail"] == "There is no such session."
    assert api.get(owner.path).json()["desiredState"] == "connected"
    assert owner.unfinished() == []


def test_another_users_sessions_are_not_listed(api: Api, owner: Owner) -> None:
    assert api.as_user().get("/sessions").json() == {"sessions": [], "nextCursor": None}


def test_a_message_of_another_session_of_the_same_user_is_not_found(api: Api, owner: Owner) -> None:
    received = owner.receive("hello")
    other = api.new_session()
    assert api.get(f"/sessions/{other}/messages/{received}").status_code == 404
    chat = api.get(f"{owner.path}/chats").json()["chats"][0]["id"]
    assert api.get(f"/sessions/{other}/messages", chat=chat).status_code == 404
    assert api.post(f"/sessions/{other}/messages", {"to": chat, "text": "x"}).status_code == 404
    assert api.post(f"/sessions/{other}/chats/{chat}/read").status_code == 404


def test_two_keys_of_a_user_see_the_same(api: Api, owner: Owner) -> None:
    assert api.as_user(api.user).get(owner.path).status_code == 200


def test_a_revoked_key_is_refused(api: Api) -> None:
    assert api.get("/sessions").status_code == 200
    with psycopg.connect(api.parts.urls.admin) as connection:
        connection.execute("UPDATE gateway.api_keys SET revoked_at = now() WHERE user_profile_id = %s", [api.user])
    answer = api.get("/sessions")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer {key}"},
        {"Authorization": "bearer   {key}"},
        {"X-API-Key": "{key}"},
        {"X-API-Key": "{key}", "Authorization": "Basic abc"},
    ],
)
def test_a_key_may_come_in_either_header(api: Api, headers: dict[str, str]) -> None:
    given = {name: value.format(key=api.key) for name, value in headers.items()}
    assert api.http.get("/sessions", headers=given).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic {key}"},
        {"Authorization": "Bearer"},
        {"Authorization": "{key}"},
        {"X-API-Key": ""},
        {"X-API-Key": "{key}x"},
        {"X-API-Key": "wag_" + "0" * 32 + "_00000000"},
        {"X-API-Key": b"wag_\xff_\xff"},
        {"X-API-Key": "nonsense", "Authorization": "Bearer {key}"},
    ],
)
def test_anything_else_is_no_key(api: Api, headers: dict[str, Any]) -> None:
    given = {name: value.format(key=api.key) if isinstance(value, str) else value for name, value in headers.items()}
    assert api.http.get("/sessions", headers=given).status_code == 401


def test_without_a_key_nothing_of_the_body_is_judged(api: Api) -> None:
    answer = api.http.post("/sessions", content=b"{", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 401
