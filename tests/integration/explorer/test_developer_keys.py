"""Keys on the Developers tab: made, replaced, revoked; shown once and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from gateway.client import Gateway, Unauthenticated
from infra.local.explorer import Explorer
from infra.local.first_run import new_app_key
from tests.integration.explorer.http_user import HttpUser
from tests.people import Api

SignIn = Callable[[str], HttpUser]
SHOWN = re.compile(r'value="(wag_[^"]+)" readonly')


@pytest.fixture
def app_key(api: Api) -> str:
    return new_app_key(api.database.admin, "make up")


@pytest.fixture
def user(sign_in: SignIn, app_key: str) -> HttpUser:
    return sign_in(app_key)


def follow(user: HttpUser, response: httpx.Response) -> str:
    """Return the page to which a form led."""
    assert response.status_code == 303, response.text
    assert "wag_" not in response.headers["Location"]
    return user.http.get(response.headers["Location"]).text


def made(user: HttpUser, **fields: str) -> str:
    """Make a key and return it."""
    found = SHOWN.search(follow(user, user.post("/developers/keys", **{"scope_read": "1", **fields})))
    assert found
    return found[1]


def id_of(url: str, key: str) -> str:
    with Gateway(url, key) as gateway:
        return str(gateway.current_key().id)


def test_a_new_key_is_shown_once_and_works(api: Api, user: HttpUser) -> None:
    owner = uuid4()
    key = made(user, name="reader", user_profile_id=str(owner))
    with Gateway(api.url, key) as gateway:
        assert (gateway.current_key().user_profile_id, list(gateway.current_key().scopes)) == (owner, ["read"])
    again = user.get("/developers").text
    assert key not in again
    assert key[:12] in again and str(owner) in again
    assert "last used" in again


def test_a_key_that_is_shown_is_for_who_made_it(user: HttpUser, sign_in: SignIn, api: Api, explorer: Explorer) -> None:
    response = user.post("/developers/keys", name="mine", scope_read="1")
    assert "HttpOnly" in response.headers["Set-Cookie"] and "SameSite=strict" in response.headers["Set-Cookie"]
    other = sign_in(api.key())
    other.http.cookies.set("gateway_explorer_shown_once", user.http.cookies["gateway_explorer_shown_once"])
    assert SHOWN.search(other.get("/developers").text) is None
    # Nor does it sign anybody in.
    stolen = {"Cookie": f"gateway_explorer={user.http.cookies['gateway_explorer_shown_once']}"}
    assert httpx.get(f"{explorer.url}/explorer/developers", headers=stolen).status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "name"),
        ({"user_profile_id": "nobody"}, "userProfileId"),
        ({"session_ids": "x y"}, "sessionIds"),
        ({"session_ids": str(uuid4())}, "session"),
        ({"scope_read": ""}, "scopes"),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(user: HttpUser, fields: dict[str, str], said: str) -> None:
    page = user.post("/developers/keys", **{"name": "typed name", "scope_read": "1", **fields})
    assert page.status_code in (404, 422)
    assert 'role="alert"' in page.text and said in page.text
    assert '<details class="card settings" id="new-key" open>' in page.text
    assert fields.get("name", "typed name") in page.text


def test_a_key_is_replaced_and_the_old_one_lives_on_for_its_time(api: Api, user: HttpUser) -> None:
    old = made(user, name="server")
    found = SHOWN.search(follow(user, user.post(f"/developers/keys/{id_of(api.url, old)}/rotate", grace="3600")))
    assert found and found[1] != old
    for key in (old, found[1]):
        assert id_of(api.url, key)
    assert "Being replaced" in user.get("/developers").text


def test_who_replaces_the_own_key_goes_on_with_the_new_one(api: Api, user: HttpUser, app_key: str) -> None:
    page = follow(user, user.post(f"/developers/keys/{id_of(api.url, app_key)}/rotate", grace="0"))
    assert SHOWN.search(page)
    with pytest.raises(Unauthenticated):
        id_of(api.url, app_key)
    assert user.get("/developers").status_code == 200


def test_a_revoked_key_ends_at_once(api: Api, user: HttpUser) -> None:
    key = made(user, name="leaked")
    page = follow(user, user.post(f"/developers/keys/{id_of(api.url, key)}/revoke"))
    assert "Revoked" in page
    with pytest.raises(Unauthenticated):
        id_of(api.url, key)


def test_many_keys_have_pages_and_a_filter_by_user(api: Api, user: HttpUser) -> None:
    owner = uuid4()
    for _ in range(55):
        api.key(owner)
    first = user.get(f"/developers?user={owner}").text
    assert first.count('id="key-') == 50
    older = re.search(r'id="older" href="/explorer([^"]+)"', first)
    assert older
    assert user.get(older[1].replace("&amp;", "&")).text.count('id="key-') == 5
    assert "No key of this user" in user.get(f"/developers?user={uuid4()}").text


def test_without_the_right_nothing_is_listed(user: HttpUser, sign_in: SignIn) -> None:
    reader = sign_in(made(user, name="reader"))
    page = reader.get("/developers").text
    assert "This key manages no keys" in page
    assert 'id="keys"' not in page
    assert reader.post("/developers/keys", name="more", scope_admin="1").status_code == 403
