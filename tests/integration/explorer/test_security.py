"""What keeps visitors apart, and others out."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from gateway.client import Gateway, Session
from infra.local.explorer import Explorer
from tests.integration.explorer.visitor import Visitor, elements
from tests.owner import Owner
from tests.people import Api

Visit = Callable[[str], Visitor]
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
def visitor(visit: Visit, gateway: Gateway) -> Visitor:
    return visit(gateway._http.headers["X-API-Key"])


def test_the_key_is_in_no_page_and_in_a_cookie_that_no_script_can_read(visitor: Visitor, gateway: Gateway) -> None:
    key = gateway._http.headers["X-API-Key"]
    answer = visitor.sign_in(key)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/explorer" in cookie
    assert key not in cookie
    for path in ("/connection", "/messaging"):
        assert key not in visitor.get(path).text
        assert visitor.get(path).headers["Cache-Control"] == "no-store"


def test_a_wrong_key_is_refused(explorer: Explorer) -> None:
    with httpx.Client(base_url=explorer.url, headers={"Origin": explorer.url}) as http:
        answer = http.post("/explorer/sign-in", data={"key": "wag_x"})
    assert answer.status_code == 401
    assert "not accepted" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_key_of_the_machine_is_offered_where_there_is_one(explorer: Explorer) -> None:
    with httpx.Client(base_url=explorer.url, headers={"Origin": explorer.url}) as http:
        assert "Use the key of this machine" in http.get("/explorer/sign-in").text
        assert http.post("/explorer/sign-in", data={"local": "1"}).status_code == 303


@pytest.mark.parametrize("path", ["/connection", "/messaging"])
def test_strangers_are_led_to_the_sign_in(explorer: Explorer, path: str) -> None:
    for cookies in ({}, {"gateway_explorer": "x"}):
        with httpx.Client(base_url=explorer.url, cookies=cookies) as http:
            answer = http.get(f"/explorer{path}")
            assert (answer.status_code, answer.headers["Location"]) == (303, "/explorer/sign-in")


def test_a_key_that_is_revoked_ends_the_visit(api: Api, visit: Visit) -> None:
    key = api.key()
    visitor = visit(key)
    api.revoke(key)
    answer = visitor.get("/connection")
    assert answer.headers["Location"] == "/explorer/sign-in?refused=1"
    assert 'gateway_explorer=""' in answer.headers["Set-Cookie"]


def test_signing_out_takes_the_cookie_back(visitor: Visitor) -> None:
    assert visitor.post("/sign-out").status_code == 303
    assert visitor.get("/connection").status_code == 303


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"Origin": "https://evil.example"}, None),
        ({"Origin": "null"}, None),
        ({}, "x"),
        ({}, ""),
    ],
)
def test_forms_of_others_do_nothing(
    visitor: Visitor, gateway: Gateway, headers: dict[str, str], token: str | None
) -> None:
    fields = {"name": "forged", "token": visitor.token if token is None else token}
    answer = visitor.http.post("/explorer/sessions", data=fields, headers=headers)
    assert answer.status_code == 403
    assert list(gateway.sessions()) == []


def test_a_form_without_an_origin_does_nothing(visitor: Visitor, gateway: Gateway) -> None:
    del visitor.http.headers["Origin"]
    assert visitor.post("/sessions", name="forged").status_code == 403
    assert list(gateway.sessions()) == []


def test_only_names_of_this_machine_are_answered(explorer: Explorer) -> None:
    assert httpx.get(f"{explorer.url}/explorer/sign-in", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/explorer/sign-in", "/explorer/nothing", "/explorer/static/explorer.css"])
def test_every_answer_carries_the_headers(explorer: Explorer, path: str) -> None:
    headers = httpx.get(f"{explorer.url}{path}").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_needs_what_the_policy_forbids(visitor: Visitor) -> None:
    for path in ("/sign-in", "/connection", "/messaging", "/messaging?new=1"):
        page = elements(visitor.get(path).text)
        assert "style" not in page.tags
        assert not {name for name in page.attributes if name.startswith("on") or name == "style"}


@pytest.mark.parametrize("hostile", XSS)
def test_what_people_write_is_text(
    visitor: Visitor, make_connected: Callable[[], Session], owner: Owner, gateway: Gateway, hostile: str
) -> None:
    session = make_connected()
    usual = visitor.get(f"/messaging?session={session.id}")
    owner.receive(session.id, TENANT, hostile, hostile)
    gateway.create_session("".join(filter(str.isprintable, hostile)))
    chat = next(session.chats())
    shown = visitor.get(f"/messaging?session={session.id}&chat={chat.id}").text
    listed = visitor.get("/connection").text
    assert any(hostile in text for text in elements(shown).texts)
    for page in (elements(shown), elements(listed)):
        assert not {"svg", "iframe"} & set(page.tags)
        assert page.tags.count("script") == 1
        assert not {name for name in page.attributes if name.startswith("on") or name == "srcdoc"}
        assert any(hostile.strip("\u202e") in text for text in page.texts)
    assert usual.status_code == 200


def test_two_visitors_see_only_their_own(visit: Visit, api: Api) -> None:
    keys = [api.key(), api.key()]
    anna, ben = (visit(key) for key in keys)
    anna.post("/sessions", name="Anna's office")
    assert "Anna&#39;s office" in anna.get("/connection").text
    assert "Anna" not in ben.get("/connection").text
    with Gateway(api.url, keys[0]) as gateway:
        session = next(gateway.sessions())
        assert ben.post(f"/sessions/{session.id}/delete").status_code == 404
        assert "Anna" not in ben.get(f"/messaging?session={session.id}").text
        assert session.refresh().session_name == "Anna's office"
