"""What people who run such gateways have reported: one file a report, named by what happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.store.database import Database
from tests.integration.connector.conftest import gateway, guest, phone, shared_gateway, user, whatsapp
from tests.stack import Gateway

__all__ = ["gateway", "guest", "phone", "shared_gateway", "user", "whatsapp"]


@pytest.fixture
def owners_database(shared_gateway: Gateway) -> Iterator[Database]:
    """Return the shared gateway's database, as the role of the connector."""
    database = Database(shared_gateway.database.connector)
    yield database
    database.close()
