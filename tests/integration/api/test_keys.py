"""Keys over REST: made, listed, rotated, revoked; nobody gives or gets more than they have."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from gateway.domain.access import Scope
from tests.integration.api.actions import ADMIN, MANAGE, READ, SEND
from tests.integration.api.server import Api
from tests.integration.api.test_access import as_app, limited

JSON = dict[str, Any]


def make(api: Api, *scopes: str, **more: Any) -> JSON:
    made = api.post("/keys", {"name": "app", "scopes": list(scopes) or ["read"], **more})
    assert made.status_code == 201, made.text
    document: JSON = made.json()
    return document


def test_an_app_key_makes_keys_of_apps_and_users(api: Api) -> None:
    app, user = as_app(api), str(uuid4())
    of_app, of_user = make(app, "read", "send"), make(app, "manage", userProfileId=user)
    assert (of_app["userProfileId"], of_app["scopes"]) == (None, ["read", "send"])
    assert (of_user["userProfileId"], of_user["key"][:12]) == (user, of_user["prefix"])
    session = api.with_key(of_user["key"]).post("/sessions", {"sessionName": "x"}).json()
    assert session["userProfileId"] == user
    assert api.with_key(of_app["key"]).get(f"/sessions/{session['id']}").status_code == 200
    listed = app.get("/keys", userProfileId=user).json()["keys"]
    assert [key["id"] for key in listed] == [of_user["id"]]
    assert "key" not in listed[0]
    assert listed[0]["lastUsedAt"]


def test_a_user_key_makes_and_sees_keys_of_its_user_alone(api: Api) -> None:
    mine = limited(api, *Scope)
    foreign, of_app = api.parts.issue(api.as_user().user), api.parts.issue(None)
    made = make(mine, "read")
    assert made["userProfileId"] == str(api.user)
    assert {key["userProfileId"] for key in mine.get("/keys").json()["keys"]} == {str(api.user)}
    other = mine.post("/keys", {"name": "x", "scopes": ["read"], "userProfileId": str(uuid4())})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (404, "userProfileId")
    for key_id in (foreign.row.id, of_app.row.id, uuid4(), "no-uuid"):
        assert mine.request("DELETE", f"/keys/{key_id}").status_code == 404
        assert mine.post(f"/keys/{key_id}/rotate").status_code == 404


def test_nobody_gives_more_than_they_have(api: Api) -> None:
    session, other = api.new_session(), api.new_session()
    few = limited(api, READ, ADMIN)
    refused = few.post("/keys", {"name": "x", "scopes": ["read", "send"]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "scopes")
    here = limited(api, READ, ADMIN, sessions=(session,))
    for more in ({}, {"sessionIds": [session, other]}):
        refused = here.post("/keys", {"name": "x", "scopes": ["read"], **more})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "sessionIds")
    made = make(here, "read", sessionIds=[session])
    assert here.get("/keys").json()["keys"][0]["id"] == made["id"]
    assert str(few.get("/keys/current").json()["id"]) not in str(here.get("/keys").json())


def test_nobody_gets_more_than_they_have_by_rotating(api: Api) -> None:
    strong = api.parts.issue(api.user, [READ, SEND, MANAGE])
    refused = limited(api, READ, ADMIN).post(f"/keys/{strong.row.id}/rotate")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert api.with_key(strong.text).get("/sessions").status_code == 200


def test_a_key_is_limited_to_sessions_that_exist_for_its_user(api: Api) -> None:
    foreign = api.as_user().new_session()
    for session in (foreign, str(uuid4())):
        refused = limited(api, *Scope).post("/keys", {"name": "x", "scopes": ["read"], "sessionIds": [session]})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, "sessionIds")
    assert make(as_app(api), "read", sessionIds=[foreign])["sessionIds"] == [foreign]


def test_a_rotated_key_lives_on_for_the_time_given(api: Api) -> None:
    app = as_app(api)
    old = make(app, "read", "send")
    new = app.post(f"/keys/{old['id']}/rotate", {"graceSeconds": 600}).json()
    assert (new["id"] != old["id"], new["scopes"], new["name"]) == (True, old["scopes"], "app")
    assert [api.with_key(key["key"]).get("/sessions").status_code for key in (old, new)] == [200, 200]
    [shown] = [key for key in app.get("/keys").json()["keys"] if key["id"] == old["id"]]
    assert shown["expiresAt"] > shown["createdAt"]
    newest = app.post(f"/keys/{new['id']}/rotate", {"graceSeconds": 0}).json()
    assert [api.with_key(key["key"]).get("/sessions").status_code for key in (new, newest)] == [401, 200]
    again = app.post(f"/keys/{new['id']}/rotate")
    assert (again.status_code, again.json()["reason"]) == (409, "key_ended")


def test_a_revoked_key_is_refused_and_stays_in_the_list(api: Api) -> None:
    app = as_app(api)
    made = make(app, "read")
    for _ in range(2):
        assert app.request("DELETE", f"/keys/{made['id']}").status_code == 204
    assert api.with_key(made["key"]).get("/sessions").status_code == 401
    assert next(key for key in app.get("/keys").json()["keys"] if key["id"] == made["id"])["revokedAt"]


def test_keys_come_in_pages(api: Api) -> None:
    mine = limited(api, *Scope)
    made = [make(mine)["id"] for _ in range(3)]
    first = mine.get("/keys", limit=2).json()
    rest = mine.get("/keys", limit=200, cursor=first["nextCursor"]).json()
    assert [key["id"] for key in first["keys"] + rest["keys"]][:3] == made[::-1]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["read"]}, "name"),
        ({"name": " ", "scopes": ["read"]}, "name"),
        ({"name": "x\0", "scopes": ["read"]}, "name"),
        ({"name": "x"}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["read", "read"]}, "scopes"),
        ({"name": "x", "scopes": ["write"]}, "scopes.0"),
        ({"name": "x", "scopes": ["read"], "sessionIds": []}, "sessionIds"),
        ({"name": "x", "scopes": ["read"], "userProfileId": "me"}, "userProfileId"),
        ({"name": "x", "scopes": ["read"], "key": "wag_mine"}, "key"),
    ],
)
def test_a_wrong_value_is_named(api: Api, body: JSON, field: str) -> None:
    answer = as_app(api).post("/keys", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
