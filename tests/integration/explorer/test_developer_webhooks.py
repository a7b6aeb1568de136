"""Webhooks on the Developers tab: made, tried, changed, paused, replayed; their deliveries, and secrets shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from gateway.client import Gateway, IssuedWebhook, NotFound, Session
from infra.local.first_run import new_app_key
from tests.integration.explorer.http_user import HttpUser, elements
from tests.integration.explorer.test_security import XSS
from tests.people import Api

SignIn = Callable[[str], HttpUser]
URL = "https://app.example.com/api/whatsapp"
SHOWN = re.compile(r'value="(whsec_[^"]+)" readonly')


@pytest.fixture
def user(sign_in: SignIn, gateway: Gateway) -> HttpUser:
    return sign_in(gateway._http.headers["X-API-Key"])


@pytest.fixture
def hook(gateway: Gateway) -> IssuedWebhook:
    return gateway.webhooks.create(URL)


def follow(user: HttpUser, response: httpx.Response) -> str:
    """Return the page to which a form led."""
    assert response.status_code == 303, response.text
    assert "whsec_" not in response.headers["Location"]
    return user.http.get(response.headers["Location"]).text


def test_a_webhook_is_made_and_its_secret_is_shown_once(user: HttpUser, gateway: Gateway) -> None:
    assert "No webhooks" in user.get("/developers/webhooks").text
    made = user.post("/developers/webhooks", url=URL, description="inbox", type="message.received", payload="ids")
    page = follow(user, made)
    assert SHOWN.search(page)
    [webhook] = gateway.webhooks.list()
    assert (webhook.url, webhook.types, webhook.payload) == (URL, ("message.received",), "ids")
    for path in ("/developers/webhooks", f"/developers/webhooks/{webhook.id}"):
        again = user.get(path).text
        assert "whsec_" not in again
        assert URL in again and "inbox" in again and "message.received" in again
    rotated = follow(user, user.post(f"/developers/webhooks/{webhook.id}/rotate", grace="3600"))
    assert SHOWN.search(rotated) and "Signed with the old secret, too" in rotated


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://app.example.com"}, "url"),
        ({"url": "https://10.0.0.1/x"}, "url"),
        ({"type": "message.nonsense"}, "types"),
        ({"session_ids": "nothing"}, "sessionIds"),
        ({"session_ids": str(uuid4())}, "session"),
        ({"payload": "everything"}, "payload"),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(
    user: HttpUser, hook: IssuedWebhook, fields: dict[str, str], said: str
) -> None:
    for path in ("/developers/webhooks", f"/developers/webhooks/{hook.id}"):
        page = user.post(path, **{"url": URL, "description": "typed here", **fields})
        assert page.status_code in (404, 422)
        assert 'role="alert"' in page.text and said in page.text
        assert 'value="typed here"' in page.text


def test_it_is_changed_paused_and_deleted(user: HttpUser, gateway: Gateway, hook: IssuedWebhook) -> None:
    session, where = gateway.create_session("office"), f"/developers/webhooks/{hook.id}"
    follow(user, user.post(where, url=f"{URL}/2", type="chat.read", session_ids=str(session.id), payload="full"))
    changed = gateway.webhooks.get(hook.id)
    assert (changed.url, changed.types, changed.session_ids) == (f"{URL}/2", ("chat.read",), (session.id,))
    follow(user, user.post(where, url=URL, payload="full"))
    assert gateway.webhooks.get(hook.id).session_ids is None
    assert "Paused" in follow(user, user.post(f"{where}/status"))
    refused = user.post(f"{where}/test")
    assert (refused.status_code, "paused" in refused.text) == (409, True)
    assert "Active" in follow(user, user.post(f"{where}/status", on="1"))
    assert "No webhooks" in follow(user, user.post(f"{where}/delete"))
    with pytest.raises(NotFound):
        gateway.webhooks.get(hook.id)
    assert user.get(where).status_code == 404


def test_deliveries_show_their_attempts_and_are_sent_again(
    api: Api, user: HttpUser, gateway: Gateway, hook: IssuedWebhook
) -> None:
    where = f"/developers/webhooks/{hook.id}"
    assert "Nothing was sent yet" in user.get(where).text
    page = follow(user, user.post(f"{where}/test"))
    assert "webhook.test" in page and "Waiting" in page and "not tried yet" in page
    [delivery] = gateway.webhooks.deliveries(hook.id)
    fail(api, delivery.id, "".join(XSS).replace("\u202e", ""))
    page = user.get(f"{where}?status=failed").text
    assert "500 in 87 ms" in page and "<script>alert" not in page
    assert not {"svg", "iframe"} & set(elements(page).tags)
    assert "Nothing is in this state" in user.get(f"{where}?status=delivered").text
    follow(user, user.post(f"{where}/deliveries/{delivery.id}/redeliver"))
    assert [each.status for each in gateway.webhooks.deliveries(hook.id)] == ["pending"]


def fail(api: Api, delivery_id: UUID, answer: str) -> None:
    with psycopg.connect(api.database.admin) as connection:
        connection.execute(
            "UPDATE gateway.webhook_deliveries SET status = 'failed', attempts = 1, ended_at = now() WHERE id = %s",
            [delivery_id],
        )
        connection.execute(
            "INSERT INTO gateway.webhook_attempts (delivery_id, number, at, status, duration_ms, answer)"
            " VALUES (%s, 1, now(), 500, 87, %s)",
            [delivery_id, answer[:1000]],
        )


def test_a_time_is_replayed(
    user: HttpUser, gateway: Gateway, hook: IssuedWebhook, make_connected: Callable[[], Session]
) -> None:
    make_connected()
    where = f"/developers/webhooks/{hook.id}"
    page = follow(user, user.post(f"{where}/replay"))
    assert re.search(r"[1-9]\d* events? (is|are) sent once more", page)
    assert "0 events are sent once more" in follow(user, user.post(f"{where}/replay", after="2099-01-01T00:00"))
    wrong = user.post(f"{where}/replay", after="yesterday")
    assert (wrong.status_code, "after" in wrong.text) == (422, True)


def test_many_webhooks_have_pages_and_an_app_names_users(api: Api, sign_in: SignIn) -> None:
    key = new_app_key(api.database.admin, "make up")
    user, owner = sign_in(key), uuid4()
    with Gateway(api.url, key) as gateway:
        gateway.create_session("office", user_profile_id=owner)
        follow(user, user.post("/developers/webhooks", url=URL, user_profile_ids=str(owner), payload="full"))
        assert next(gateway.webhooks.list()).user_profile_ids == (owner,)
        assert "1 user" in user.get("/developers/webhooks").text
        for _ in range(52):
            gateway.webhooks.create(URL)
    first = user.get("/developers/webhooks").text
    assert first.count('id="webhook-') == 50
    assert 'id="older"' in first


def test_a_reader_sees_them_without_forms(api: Api, gateway: Gateway, sign_in: SignIn, hook: IssuedWebhook) -> None:
    reader = sign_in(gateway.create_key("reader", ["read"]).key)
    page = reader.get("/developers/webhooks").text
    assert URL in page and 'id="new-webhook"' not in page
    assert 'id="webhook-actions"' not in reader.get(f"/developers/webhooks/{hook.id}").text
