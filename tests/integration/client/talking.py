"""What the examples of the client's docstrings speak of."""

from __future__ import annotations

from uuid import UUID

from gateway.client import Gateway
from tests.owner import Owner
from tests.people import Api, connected_session

TENANT = "+4915112345678"


def talking_session(api: Api, key: str, owner: Owner) -> UUID:
    """A new session of the key's user, connected; it has received a message and sent one."""
    with Gateway(api.url, key) as gateway:
        session = connected_session(gateway, owner)
        owner.receive(session.id, TENANT, "The tap drips.", "Tenant")
        session.send(TENANT, "The plumber comes at nine.")
        return session.id
