"""The API locks a session before its chats, as owners do: in another order both would wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.integration.api.server import Api, Owner, until

BOB = "/chats/+15550002002"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{BOB}/takeover", {"minutes": 5}),
        ("DELETE", f"{BOB}/takeover", None),
        ("POST", f"{BOB}/read", None),
        ("POST", "/messages", {"to": "+15550002002", "text": "hello"}),
    ],
)
def test_a_request_that_writes_a_chat_waits_for_the_owner(
    api: Api, owner: Owner, aside: ThreadPoolExecutor, method: str, path: str, body: object
) -> None:
    """The owner has the session and writes the chat while the request is in the middle of its transaction."""
    owner.receive("hi")
    with owner.fenced() as fence:
        headers = {"Prefer": "respond-async"}
        request = aside.submit(api.request, method, f"{owner.path}{path}", json=body, headers=headers)
        until(lambda: _waits(api, owner))
        fence.connection.execute("SET LOCAL lock_timeout = '5s'")
        fence.connection.execute("UPDATE gateway.chats SET name = 'Bob' WHERE session_id = %s", [owner.session_id])
    assert request.result(20).status_code < 300


def _waits(api: Api, owner: Owner) -> bool:
    """Return whether a request waits for a lock that the owner holds."""
    with psycopg.connect(api.parts.urls.admin) as admin:
        row = admin.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'gateway_functions'"
            " AND cardinality(pg_blocking_pids(pid)) > 0"
        ).fetchone()
    return row is not None
