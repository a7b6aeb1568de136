"""What a key may do: the scope of every operation, keys of apps, users and sessions, tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import jwt
import psycopg
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from functions.api.factory import compose
from functions.api.http.routing import KeyedRoute, action_of
from gateway.domain.access import Scope
from gateway.tokens import Token, Tokens
from tests.integration.api.actions import ACTIONS, READ
from tests.integration.api.server import Api, Owner, Parts
from tests.integration.api.test_auth import NOWHERE, OPERATIONS, ask, told
from tests.stack import TOKEN_KEYS

OPEN = {"/health", "/docs"}


def limited(api: Api, *scopes: Scope, sessions: tuple[str, ...] = ()) -> Api:
    """The same user with a key of these scopes, perhaps for these sessions alone."""
    return api.with_key(api.parts.issue(api.user, scopes, [UUID(each) for each in sessions]).text)


def as_app(api: Api, *scopes: Scope) -> Api:
    return api.with_key(api.parts.issue(None, scopes).text)


def token_of(api: Api, sessions: list[str], *scopes: Scope, **more: Any) -> Api:
    made = api.post("/tokens", {"sessionIds": sessions, "scopes": list(scopes), **more})
    assert made.status_code == 201, made.text
    return api.with_key(made.json()["token"])


def test_every_route_says_what_its_callers_need() -> None:
    every = [found.original_route for found in iter_route_contexts(compose([]).routes)]
    routes = [route for route in every if isinstance(route, APIRoute)]
    assert {route.path for route in routes if not isinstance(route, KeyedRoute)} == OPEN
    declared = {
        (method, route.path_format): action_of(route)
        for route in routes
        if isinstance(route, KeyedRoute)
        for method in route.methods or ()
    }
    assert declared == ACTIONS
    assert set(OPERATIONS) == set(ACTIONS)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of one user, by the only scope they have and by the only one they lack, and one of a single session."""

    session_id: str
    only: dict[Scope, Api]
    without: dict[Scope, Api]
    elsewhere: Api


@pytest.fixture(scope="module")
def keys(module_api: Api) -> Keys:
    api = module_api.as_user()
    only = {scope: limited(api, scope) for scope in Scope}
    without = {scope: limited(api, *(other for other in Scope if other is not scope)) for scope in Scope}
    return Keys(api.new_session(), only, without, limited(api, *Scope, sessions=(api.new_session(),)))


@pytest.mark.parametrize(("method", "path"), [each for each, action in ACTIONS.items() if action])
def test_an_operation_needs_its_scope_and_no_other(keys: Keys, method: str, path: str) -> None:
    needed = ACTIONS[method, path]
    assert needed
    status, problem = ask(keys.without[needed], method, path, keys.session_id)
    assert (status, problem["code"]) == (403, "forbidden")
    assert f"`{needed}`" in problem["detail"]
    # The scope decides before the session does: whether it exists is not told.
    assert told(ask(keys.without[needed], method, path, NOWHERE)[1]) == told(problem)
    assert ask(keys.only[needed], method, path, NOWHERE)[0] not in (401, 403)


@pytest.mark.parametrize(("method", "path"), [each for each in ACTIONS if "{session_id}" in each[1]])
def test_a_key_of_one_session_finds_no_other(keys: Keys, method: str, path: str) -> None:
    status, problem = ask(keys.elsewhere, method, path, keys.session_id)
    assert (status, told(problem)) == (404, told(ask(keys.elsewhere, method, path, NOWHERE)[1]))


def test_an_app_key_acts_for_every_user_profile(api: Api, owner: Owner) -> None:
    app, one, other = as_app(api), str(api.user), str(uuid4())
    assert app.get(owner.path).json()["userProfileId"] == one
    made = app.post("/sessions", {"sessionName": "Office", "userProfileId": other})
    assert (made.status_code, made.json()["userProfileId"]) == (201, other)
    path = f"/sessions/{made.json()['id']}"
    assert app.post(f"{path}/connect").status_code == 202
    assert api.get(path).status_code == 404
    assert api.as_user(UUID(other)).get(path).status_code == 200
    listed = app.get("/sessions", limit=200).json()["sessions"]
    assert {one, other} <= {session["userProfileId"] for session in listed}
    of_other = app.get("/sessions", userProfileId=other).json()["sessions"]
    assert [session["id"] for session in of_other] == [made.json()["id"]]
    assert app.get("/sessions", userProfileId=other, status="connected").json()["sessions"] == []


def test_an_app_key_says_whose_a_new_session_is(api: Api) -> None:
    answer = as_app(api).post("/sessions", {"sessionName": "Office"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "userProfileId")


def test_a_user_key_makes_sessions_for_its_user_alone(api: Api) -> None:
    named = api.post("/sessions", {"sessionName": "Office", "userProfileId": str(api.user)})
    assert named.json()["userProfileId"] == api.post("/sessions", {"sessionName": "x"}).json()["userProfileId"]
    foreign = api.post("/sessions", {"sessionName": "Office", "userProfileId": str(uuid4())})
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (404, "userProfileId")
    assert api.get("/sessions", userProfileId=str(uuid4())).json()["sessions"] == []


def test_an_unknown_profile_of_the_products_table_is_named(parts: Parts) -> None:
    with parts.api(user_profiles_table="public.profiles") as api:
        app = as_app(api)
        # The foreign key stands for the product's: it knows this user, and no other.
        known = app.post("/sessions", {"sessionName": "x", "userProfileId": str(api.user)})
        assert known.status_code == 201
        for path, body in (("/sessions", {"sessionName": "x"}), ("/keys", {"name": "x", "scopes": ["read"]})):
            unknown = app.post(path, {**body, "userProfileId": str(uuid4())})
            assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "userProfileId")


def test_a_key_of_sessions_makes_no_others_and_lists_its_own(api: Api) -> None:
    mine = api.new_session()
    key = limited(api, *Scope, sessions=(mine,))
    api.new_session()
    assert [session["id"] for session in key.get("/sessions").json()["sessions"]] == [mine]
    assert key.post("/sessions", {"sessionName": "x"}).status_code == 403


def test_a_token_does_what_was_asked_for_and_no_more(api: Api, owner: Owner) -> None:
    other = api.new_session()
    page = token_of(api, [str(owner.session_id)], READ)
    assert page.get(owner.path).status_code == 200
    assert page.get(f"/sessions/{other}").status_code == 404
    assert page.post(f"{owner.path}/messages", {"to": "+15550002002", "text": "x"}).status_code == 403
    assert [each["id"] for each in page.get("/sessions").json()["sessions"]] == [str(owner.session_id)]
    bearer = page.http.get(owner.path, headers={"Authorization": f"Bearer {page.key}"})
    assert bearer.status_code == 200
    assert page.get("/keys/current").json() == {
        "id": api.get("/keys/current").json()["id"],
        "userProfileId": str(api.user),
        "scopes": ["read"],
        "sessionIds": [str(owner.session_id)],
        "isToken": True,
    }
    refused = page.post("/tokens", {"sessionIds": [str(owner.session_id)], "scopes": ["read"]})
    assert refused.status_code == 403


def test_a_token_is_never_more_than_its_key(api: Api, owner: Owner) -> None:
    reader = limited(api, READ)
    session = str(owner.session_id)
    assert reader.post("/tokens", {"sessionIds": [session], "scopes": ["read", "send"]}).status_code == 403
    foreign = api.as_user().post("/tokens", {"sessionIds": [session], "scopes": ["read"]})
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (404, "sessionIds")
    admin = as_app(api).post("/tokens", {"sessionIds": [session], "scopes": ["admin"]})
    assert (admin.status_code, admin.json()["errors"][0]["field"]) == (422, "scopes.0")
    # Signed with our own key, yet for more than the API key has.
    signer = Tokens([TOKEN_KEYS["GATEWAY_TOKEN_KEYS"]])
    key_id = UUID(reader.get("/keys/current").json()["id"])
    text, _ = signer.issue(Token(key_id, frozenset(Scope), frozenset({owner.session_id, uuid4()})), 60)
    assert reader.with_key(text).get("/keys/current").json()["scopes"] == ["read"]


def test_a_token_is_good_where_the_clock_is_behind_that_of_who_issued_it(api: Api, owner: Owner) -> None:
    claims = {
        "iss": "whatsapp-gateway",
        "iat": time.time() + 30,
        "exp": time.time() + 90,
        "key": api.get("/keys/current").json()["id"],
        "scopes": ["read"],
        "sessions": [owner.session_id.hex],
    }
    text = jwt.encode(claims, TOKEN_KEYS["GATEWAY_TOKEN_KEYS"], "HS256")
    assert api.with_key(text).get(owner.path).status_code == 200


def test_a_token_ends_with_its_key(api: Api, owner: Owner) -> None:
    issued = api.parts.issue(api.user)
    page = token_of(api.with_key(issued.text), [str(owner.session_id)], READ)
    assert page.get(owner.path).status_code == 200
    assert as_app(api).request("DELETE", f"/keys/{issued.row.id}").status_code == 204
    assert page.get(owner.path).status_code == 401


def test_what_was_not_signed_here_or_has_ended_is_no_token(api: Api, owner: Owner) -> None:
    claims = {
        "iss": "whatsapp-gateway",
        "exp": time.time() + 60,
        "key": api.get("/keys/current").json()["id"],
        "scopes": ["read"],
        "sessions": [owner.session_id.hex],
    }
    ours = TOKEN_KEYS["GATEWAY_TOKEN_KEYS"]
    made = [
        jwt.encode(claims, "another key of as many characters", "HS256"),
        jwt.encode(claims, "", "none"),
        jwt.encode({**claims, "exp": time.time() - 1}, ours, "HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "exp"}, ours, "HS256"),
        jwt.encode({**claims, "iss": "somebody"}, ours, "HS256"),
        "a.b.c",
        "eyJhbGciOiJIUzI1NiJ9..",
    ]
    assert [api.with_key(text).get(owner.path).status_code for text in made] == [401] * len(made)
    assert api.with_key(jwt.encode(claims, ours, "HS256")).get(owner.path).status_code == 200


def test_keys_are_counted_by_themselves_and_an_app_key_for_each_user(parts: Parts) -> None:
    with parts.api(requests_per_minute=4) as api:
        app, owner, other = as_app(api), api.linked_session(), api.as_user().new_session()
        used_up = [app.get(owner.path).status_code for _ in range(5)]
        assert used_up == [200, 200, 200, 200, 429]
        assert app.get(f"/sessions/{other}").status_code == 200
        assert app.get("/sessions").status_code == 200
        explorer = {"User-Agent": "whatsapp-gateway-explorer"}
        assert app.request("GET", owner.path, headers=explorer).status_code == 200


def test_neither_key_nor_token_is_in_the_database(api: Api, owner: Owner) -> None:
    made = as_app(api).post("/keys", {"name": "x", "scopes": ["read"]}).json()
    token = token_of(api, [str(owner.session_id)], READ).key
    with psycopg.connect(api.parts.urls.admin) as connection:
        rows = str(connection.execute("SELECT * FROM gateway.api_keys").fetchall())
    assert made["key"] not in rows
    assert token not in rows
