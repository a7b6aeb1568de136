"""The live tail: what happens from now on, limited to types, sessions and users; and the log page by page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest

from functions.explorer.event_tail import SHOWN
from gateway.client import Gateway, Session
from infra.local.first_run import new_app_key
from tests.integration.explorer.http_user import HttpUser
from tests.integration.explorer.test_security import XSS
from tests.owner import Owner
from tests.people import Api

SignIn = Callable[[str], HttpUser]
TENANT = "+447700900102"
EVENT = re.compile(r"<pre [^>]*><code>(.*?)</code></pre>", re.DOTALL)


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


def opened(user: HttpUser, query: str = "") -> str:
    """Return the address at which the tail of now begins."""
    response = user.get(f"/developers/events{query}")
    assert response.status_code == 303
    return str(response.headers["Location"])


def events(user: HttpUser, address: str) -> list[dict[str, object]]:
    """Return what the page shows, as it stands there."""
    response = user.http.get(address, follow_redirects=True)
    assert response.status_code == 200
    return [json.loads(html.unescape(text)) for text in EVENT.findall(response.text)]


def test_what_happens_is_shown_as_receivers_get_it(
    user: HttpUser, gateway: Gateway, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    address = opened(user)
    assert events(user, address) == []
    owner.receive(session.id, TENANT, XSS[0], "Tenant")
    session.send(TENANT, "Hello", wait=False)
    only = f"{address}&type=message.queued&type=message.received"
    assert [(each["type"], each["sessionId"]) for each in events(user, only)] == [
        ("message.queued", str(session.id)),
        ("message.received", str(session.id)),
    ]
    page = user.http.get(address).text
    assert "office" in page and "<script>alert" not in page
    answer = gateway._http.get("/events", params={"after": "earliest", "types": "message.received"}).json()
    assert events(user, f"{address}&type=message.received") == answer["events"]
    assert events(user, f"{address}&of={gateway.create_session('quiet').id}") == []
    assert len(events(user, f"{address}&of={session.id}&type=message.queued&type=nonsense")) == 1


def test_an_app_limits_them_to_a_user(api: Api, sign_in: SignIn) -> None:
    key, anna, ben = new_app_key(api.database.admin, "make up"), uuid4(), uuid4()
    user = sign_in(key)
    address = opened(user)
    with Gateway(api.url, key) as gateway:
        for owner in (anna, ben):
            gateway.create_session("office", user_profile_id=owner).connect()
    assert {each["userProfileId"] for each in events(user, address)} == {str(anna), str(ben)}
    assert {each["userProfileId"] for each in events(user, f"{address}&user={ben}")} == {str(ben)}
    assert events(user, f"{address}&user={uuid4()}") == events(user, f"{address}&user=Ben") == []
    # The filter stays when the tail begins anew.
    assert f"user={ben}" in opened(user, f"?user={ben}")


def test_a_tail_of_many_moves_on_and_the_log_has_pages(
    api: Api, user: HttpUser, gateway: Gateway, make_connected: Callable[[], Session]
) -> None:
    session = make_connected()
    address = opened(user)
    add_events(api, session, 500)
    moved = user.http.get(address)
    assert moved.status_code == 303
    shown = events(user, moved.headers["Location"])
    assert [each["seq"] for each in shown] == [10_000 + n for n in range(500, 500 - SHOWN, -1)]
    seen: list[object] = []
    page: str | None = "/explorer/developers/events?after=earliest&still=1"
    while page:
        text = user.http.get(page).text
        assert 'data-poll="0"' in text
        seen += [json.loads(html.unescape(each))["seq"] for each in EVENT.findall(text)]
        following = re.search(r'id="next" href="([^"]+)"', text)
        page = html.unescape(following[1]) if following else None
    assert seen == sorted(set(seen), key=lambda seq: int(str(seq))) and seen[-500:] == [10_001 + n for n in range(500)]


def add_events(api: Api, session: Session, count: int) -> None:
    with psycopg.connect(api.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.events (session_id, seq, type, data)"
            " SELECT %s, 10000 + n, 'session.state', '{\"status\": \"connected\"}' FROM generate_series(1, %s) n",
            [session.id, count],
        )


@pytest.mark.parametrize("after", ["nonsense", "AAAAAAAADI0BmMelmk58Po0PP29vHyoQAAAAAAAAABE"])
def test_a_place_that_is_none_leads_to_one(user: HttpUser, after: str) -> None:
    page = user.get(f"/developers/events?after={after}")
    assert page.status_code in (200, 410, 422)
    if page.status_code != 200:
        assert 'role="alert"' in page.text and "Follow from now on" in page.text
