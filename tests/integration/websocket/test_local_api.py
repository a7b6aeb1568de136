"""The local WebSocket API keeps API Gateway's promises and limits, and boto3 reads its errors."""

from __future__ import annotations

import pytest

from gateway.aws.connections import Connections
from tests.integration.api.server import Api, Parts
from tests.integration.websocket.conftest import Services


@pytest.fixture
def connections(services: Services, parts: Parts) -> Connections:
    return Connections(services.management_url, 4)


def connection_id(parts: Parts, api: Api) -> str:
    """The id of a user's only connection."""
    with parts.connector.transaction() as connection:
        row = connection.execute(
            "SELECT c.id FROM gateway.push_connections c JOIN gateway.api_keys k ON k.id = c.key_id"
            " WHERE k.user_profile_id = %s",
            [api.user],
        ).fetchone()
    assert row is not None
    return str(row["id"])
