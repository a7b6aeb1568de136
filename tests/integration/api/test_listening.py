"""What a process hears of the database comes over one connection, and where that is lost, nobody waits for long."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.integration.api.server import Api, Owner, Parts, until

LISTENING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT 1$)'"


@pytest.fixture(scope="module")
def module_api(parts: Parts) -> Iterator[Api]:
    with parts.api(database_direct=True, stream_seconds=3600) as api:
        yield api


def listening(parts: Parts) -> list[int]:
    """The database's processes of the connections that listen."""
    with psycopg.connect(parts.urls.admin) as admin:
        return [pid for (pid,) in admin.execute(LISTENING)]


@contextmanager
def followed(api: Api) -> Iterator[Iterator[str]]:
    """The lines of an open stream of events."""
    with api.http.stream("GET", "/events/stream", headers={"X-API-Key": api.key}) as response:
        lines = response.iter_lines()
        assert next(lines).startswith("retry:")
        yield lines


def test_sends_and_events_are_heard_of_over_one_connection(
    api: Api, owner: Owner, parts: Parts, aside: ThreadPoolExecutor
) -> None:
    with followed(api) as lines:

        def send(whatsapp_id: str) -> None:
            body = {"to": "+4915551234567", "text": "Hello"}
            answer = aside.submit(api.post, f"{owner.path}/messages", body)
            owner.deliver_next(whatsapp_id)
            assert answer.result().status_code == 201
            assert next(line for line in lines if line == "event: message.status")

        send("3EB0A1")
        [first] = until(lambda: listening(parts))
        with psycopg.connect(parts.urls.admin) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [first])
        send("3EB0A2")
        [second] = until(lambda: [pid for pid in listening(parts) if pid != first])
        send("3EB0A3")
    assert listening(parts) == [second]
