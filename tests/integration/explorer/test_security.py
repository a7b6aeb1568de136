"""What keeps users apart, and others out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateway.client import Gateway, Session
from infra.local.explorer import Explorer
from tests.integration.explorer.http_user import HttpUser, elements
from tests.owner import Owner
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TENANT = "+447700900102"
XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
    "<!--<img src=--><img src=x onerror=alert(1)//>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<b>right to left</b>",
]


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.mark.parametrize("key", ["ключ", "é", "🔑", "a\nb", "\x00", "wag_\xff_00000000", ""])
def test_a_key_that_cannot_be_one_is_not_accepted(sign_in: SignIn, gateway: Gateway, key: str) -> None:
    user = sign_in(gateway._http.headers["X-API-Key"])
    refused = user.http.post("/explorer/sign-in", data={"key": key})
    assert (refused.status_code, "This API key is not accepted." in refused.text) == (401, True)


def test_the_key_is_in_no_page_and_in_a_cookie_that_no_script_can_read(user: HttpUser, gateway: Gateway) -> None:
    key = gateway._http.headers["X-API-Key"]
    response = user.sign_in(key)
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/explorer" in cookie
    assert key not in cookie
    for path in ("/connection", "/messaging", "/developers", "/developers/code"):
        assert key not in user.get(path).text
        assert user.get(path).headers["Cache-Control"] == "no-store"


def test_a_wrong_key_is_refused(explorer: Explorer) -> None:
    with httpx.Client(base_url=explorer.url, headers={"Origin": explorer.url}) as http:
        response = http.post("/explorer/sign-in", data={"key": "wag_x"})
    assert response.status_code == 401
    assert "not accepted" in response.text
    assert "Set-Cookie" not in response.headers


def test_the_key_of_the_machine_is_offered_where_there_is_one(explorer: Explorer) -> None:
    with httpx.Client(base_url=explorer.url, headers={"Origin": explorer.url}) as http:
        assert "Use the key of this machine" in http.get("/explorer/sign-in").text
        assert http.post("/explorer/sign-in", data={"local": "1"}).status_code == 303


@pytest.mark.parametrize("path", ["/connection", "/messaging"])
def test_strangers_are_led_to_the_sign_in(explorer: Explorer, path: str) -> None:
    for cookies, why in (({}, ""), ({"gateway_explorer": "x"}, "ended=1&")):
        with httpx.Client(base_url=explorer.url, cookies=cookies) as http:
            response = http.get(f"/explorer{path}")
            back = f"next=%2Fexplorer%2F{path[1:]}"
            assert (response.status_code, response.headers["Location"]) == (303, f"/explorer/sign-in?{why}{back}")


def test_a_sign_in_that_ran_out_says_so_and_leads_back(user: HttpUser, gateway: Gateway, explorer: Explorer) -> None:
    page = f"/explorer/messaging?session={gateway.create_session('office').id}&new=1"
    user.http.cookies.set("gateway_explorer", "ran-out", path="/explorer")
    led = user.http.get(page, follow_redirects=True)
    assert "Your sign-in ran out." in led.text
    assert f'name="next" value="{page.replace("&", "&amp;")}"' in led.text
    for asked in (led.url.params["next"], sign_in_of_a_form(user, f"{explorer.url}{page}")):
        user.http.cookies.clear()
        signed_in = user.http.post("/explorer/sign-in", data={"key": gateway._http.headers["X-API-Key"], "next": asked})
        assert signed_in.headers["Location"] == page


def sign_in_of_a_form(user: HttpUser, page: str) -> str:
    """Return where the sign-in leads to that a form of `page` ended at."""
    user.http.cookies.set("gateway_explorer", "ran-out", path="/explorer")
    led = user.http.post("/explorer/sessions", data={"name": "x"}, headers={"Referer": page}, follow_redirects=True)
    return led.url.params["next"]


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/explorer/",
        "//evil.example/explorer/x",
        "/other",
        "\\\\evil",
        "javascript:alert(1)",
        "//[",
        "é",
    ],
)
def test_a_sign_in_leads_nowhere_else(user: HttpUser, gateway: Gateway, page: str) -> None:
    signed_in = user.http.post("/explorer/sign-in", data={"key": gateway._http.headers["X-API-Key"], "next": page})
    assert signed_in.headers["Location"] == "/explorer/connection"


def test_a_key_that_is_revoked_signs_out(api: Api, sign_in: SignIn) -> None:
    key = api.key()
    user = sign_in(key)
    api.revoke(key)
    response = user.get("/connection")
    assert response.headers["Location"] == "/explorer/sign-in?refused=1&next=%2Fexplorer%2Fconnection"
    assert 'gateway_explorer=""' in response.headers["Set-Cookie"]


def test_signing_out_deletes_the_cookie(user: HttpUser) -> None:
    assert user.post("/sign-out").status_code == 303
    assert user.get("/connection").status_code == 303


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Origin": "https://evil.example"}, None),
        ({"Origin": "null"}, None),
        ({"Origin": "http://["}, None),
        ({}, "x"),
        ({}, ""),
    ],
)
def test_forms_of_others_do_nothing(
    user: HttpUser, gateway: Gateway, headers: dict[str, str], token: str | None
) -> None:
    fields = {"name": "forged", "token": user.token if token is None else token}
    response = user.http.post("/explorer/sessions", data=fields, headers=headers)
    assert response.status_code == 403
    assert list(gateway.sessions()) == []


def test_a_form_without_an_origin_does_nothing(user: HttpUser, gateway: Gateway) -> None:
    del user.http.headers["Origin"]
    assert user.post("/sessions", name="forged").status_code == 403
    assert list(gateway.sessions()) == []


def test_only_host_names_of_this_machine_are_served(explorer: Explorer) -> None:
    assert httpx.get(f"{explorer.url}/explorer/sign-in", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/explorer/sign-in", "/explorer/nothing", "/explorer/static/explorer.css"])
def test_every_response_carries_the_headers(explorer: Explorer, path: str) -> None:
    headers = httpx.get(f"{explorer.url}{path}").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "img-src 'self' data: blob: http://files.example:9000;" in policy
    assert "connect-src 'self' http://files.example:9000;" in policy
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_needs_what_the_policy_forbids(user: HttpUser) -> None:
    developers = ("/developers", "/developers/events?after=earliest", "/developers/code")
    for path in ("/sign-in", "/connection", "/messaging", "/messaging?new=1", *developers):
        page = elements(user.get(path).text)
        assert "style" not in page.tags
        assert not {name for name in page.attributes if name.startswith("on") or name == "style"}


@pytest.mark.parametrize("hostile", XSS)
def test_what_people_write_is_text(
    user: HttpUser, make_connected: Callable[[], Session], owner: Owner, gateway: Gateway, hostile: str
) -> None:
    session = make_connected()
    usual = user.get(f"/messaging?session={session.id}")
    owner.receive(session.id, TENANT, hostile, hostile)
    gateway.create_session("".join(filter(str.isprintable, hostile)))
    chat = next(session.chats())
    shown = user.get(f"/messaging?session={session.id}&chat={chat.id}").text
    listed = user.get("/connection").text
    assert any(hostile in text for text in elements(shown).texts)
    for page in (elements(shown), elements(listed)):
        assert not {"svg", "iframe"} & set(page.tags)
        assert page.tags.count("script") == 1
        assert not {name for name in page.attributes if name.startswith("on") or name == "srcdoc"}
        assert any(hostile.strip("\u202e") in text for text in page.texts)
    assert usual.status_code == 200


def test_two_users_see_only_their_own(sign_in: SignIn, api: Api) -> None:
    keys = [api.key(), api.key()]
    anna, ben = (sign_in(key) for key in keys)
    anna.post("/sessions", name="Anna's office")
    assert "Anna&#39;s office" in anna.get("/connection").text
    assert "Anna" not in ben.get("/connection").text
    with Gateway(api.url, keys[0]) as gateway:
        session = next(gateway.sessions())
        assert ben.post(f"/sessions/{session.id}/delete").status_code == 404
        assert "Anna" not in ben.get(f"/messaging?session={session.id}").text
        assert session.refresh().session_name == "Anna's office"
