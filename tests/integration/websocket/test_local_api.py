"""The local WebSocket API keeps API Gateway's promises and limits, and boto3 reads its errors."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gateway.aws.connections import LARGEST_MESSAGE, ConnectionGone, Connections, ConnectionsUnavailable
from infra.local.websocket.server import LARGEST_FRAME
from tests.integration.api.server import Api, Parts, until
from tests.integration.websocket.conftest import Client, Connect, Services


@pytest.fixture
def connections(services: Services, parts: Parts) -> Connections:
    return Connections(services.management_url, 4)


def connection_id(parts: Parts, api: Api) -> str:
    """The id of a user's only connection."""
    [found] = ids_of(parts, api)
    return found


def ids_of(parts: Parts, api: Api) -> list[str]:
    with psycopg.connect(parts.urls.admin, row_factory=dict_row) as connection:
        rows = connection.execute(
            "SELECT c.id FROM gateway.push_connections c JOIN gateway.api_keys k ON k.id = c.key_id"
            " WHERE k.user_profile_id = %s",
            [api.user],
        ).fetchall()
    return [row["id"] for row in rows]


def test_a_message_reaches_its_connection(api: Api, connected: Connect, connections: Connections, parts: Parts) -> None:
    client = connected(api)
    connections.post(connection_id(parts, api), '{"type":"hello"}')
    assert client.next() == {"type": "hello"}


def test_who_is_not_there_is_gone(api: Api, connected: Connect, connections: Connections, parts: Parts) -> None:
    client = connected(api)
    known = connection_id(parts, api)
    for unknown in ("L0SM9cOFvHcCIhw=", "a/b c"):
        with pytest.raises(ConnectionGone):
            connections.post(unknown, "{}")
    connections.close(known)
    with pytest.raises(ConnectionClosed):
        client.next()
    with pytest.raises(ConnectionGone):
        connections.post(known, "{}")


def test_no_more_than_128_kb_are_pushed(api: Api, connected: Connect, connections: Connections, parts: Parts) -> None:
    client = connected(api)
    known = connection_id(parts, api)
    with pytest.raises(ConnectionsUnavailable, match="PayloadTooLarge"):
        connections.post(known, '"' + "x" * LARGEST_MESSAGE + '"')
    connections.post(known, '{"type":"' + "x" * (LARGEST_MESSAGE - 20) + '"}')
    assert len(client.next()["type"]) == LARGEST_MESSAGE - 20


def test_a_frame_of_more_than_32_kb_closes_the_connection(api: Api, connected: Connect) -> None:
    client = connected(api)
    client.socket.send("x" * (LARGEST_FRAME + 1))
    with pytest.raises(ConnectionClosed) as closed:
        client.next()
    assert closed.value.rcvd and closed.value.rcvd.code == 1009


@pytest.mark.parametrize("limit", ["--idle", "--life"])
def test_who_is_silent_or_there_for_too_long_is_closed(parts: Parts, api: Api, tmp_path: Path, limit: str) -> None:
    services = Services(parts, str(api.http.base_url), tmp_path, limit, "1.5")
    services.websockets.start()
    try:
        with connect(services.websockets.url, additional_headers={"X-API-Key": api.key}) as socket:
            client = Client(socket)
            assert client.ask(action="ping")["type"] == "pong"
            with pytest.raises(ConnectionClosed) as closed:
                client.next()
        assert closed.value.rcvd and closed.value.rcvd.code == 1001
        until(lambda: not ids_of(parts, api))
    finally:
        services.websockets.stop()
