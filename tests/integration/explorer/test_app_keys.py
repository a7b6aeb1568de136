"""The Explorer with the key of an app, as `make up` leaves one."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import psycopg

from gateway.client import Gateway
from infra.local.first_run import new_app_key
from tests.integration.explorer.http_user import HttpUser
from tests.people import Api


def test_a_session_is_made_for_a_new_user_and_the_apps_allowance_is_left_alone(
    api: Api, sign_in: Callable[[str], HttpUser]
) -> None:
    key = new_app_key(api.database.admin, "make up")
    user = sign_in(key)
    assert user.post("/sessions", name="of an app").status_code == 303
    with psycopg.connect(api.database.admin) as connection:
        counted = connection.execute(
            "SELECT r.key FROM gateway.rate_limits r JOIN gateway.api_keys k ON strpos(r.key, k.id::text) > 0"
            " WHERE k.prefix = %s",
            [key[:12]],
        ).fetchall()
    assert counted
    assert all(bucket.startswith("explorer:") for (bucket,) in counted)
    with Gateway(api.url, key) as gateway:
        assert "of an app" in [session.info.session_name for session in gateway.sessions()]


def test_the_sessions_of_all_users_are_shown_with_a_filter_by_user_and_pages(
    api: Api, sign_in: Callable[[str], HttpUser]
) -> None:
    anna, ben, nobody = uuid4(), uuid4(), uuid4()
    user = sign_in(new_app_key(api.database.admin, "make up"))
    with Gateway(api.url, new_app_key(api.database.admin, "maker")) as gateway:
        for number in range(26):
            gateway.create_session(f"Anna {number}", user_profile_id=anna)
        bens = gateway.create_session("Ben", user_profile_id=ben)
    everybody = user.get("/connection").text
    assert everybody.count("<article") == 24
    assert f'href="/explorer/connection?user={ben}"' in everybody
    only = user.get(f"/connection?user={anna}").text
    assert ("1–24 of 26" in only, "Ben" in only, f"?user={anna}&amp;page=2" in only) == (True, False, True)
    assert user.get(f"/connection?user={anna}&page=2").text.count("<article") == 2
    assert "This user has no session" in user.get(f"/connection?user={nobody}").text
    assert "This user has no session" in user.get("/connection?user=Ben").text
    # Another tab names whose session each is; a new one belongs to the user who is shown.
    assert f'<optgroup label="User {anna}">' in user.get(f"/messaging?session={bens.id}").text
    made = user.post("/sessions", name="Ben's second", user=str(ben))
    assert made.headers["Location"] == f"/explorer/connection?user={ben}"
    assert user.http.get(made.headers["Location"]).text.count("<article") == 2


def test_a_session_beyond_those_that_are_offered_is_opened_by_its_address(
    api: Api, sign_in: Callable[[str], HttpUser]
) -> None:
    user, other = sign_in(new_app_key(api.database.admin, "make up")), uuid4()
    with Gateway(api.url, new_app_key(api.database.admin, "maker")) as gateway:
        oldest = gateway.create_session("the oldest", user_profile_id=other)
    with psycopg.connect(api.database.admin) as connection:
        connection.execute(
            "INSERT INTO gateway.whatsapp_sessions (id, user_profile_id, session_name, shard)"
            " SELECT gen_random_uuid(), %s, 'Room ' || n, 0 FROM generate_series(1, 1200) n",
            [other],
        )
    for tab in ("messaging", "assistant"):
        page = user.get(f"/{tab}?session={oldest.id}")
        assert (page.status_code, "the oldest</option>" in page.text) == (200, True)
    assert "These are the newest 1,000 sessions." in user.get("/connection").text
