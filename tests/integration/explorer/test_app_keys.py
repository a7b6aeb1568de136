"""The Explorer with the key of an app, as `make up` leaves one."""

from __future__ import annotations

from collections.abc import Callable

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
