"""Fixtures: the real API as a process on real PostgreSQL, with an owner of its sessions, and clients of its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from gateway.client import Gateway, Session
from gateway.domain.access import EVERYTHING, Scope
from gateway.store import api_keys
from gateway.store.ids import new_id
from gateway.store.maintenance.key_management import issue_key
from gateway.store.schema import DEFAULT_USER_PROFILES
from infra.local import services
from infra.local.database import DatabaseUrls
from infra.local.ports import free_port
from tests.owner import Owner
from tests.stack import Stack, inherited_environment


@dataclass(frozen=True, slots=True)
class Api:
    """`service` is the API's process."""

    service: services.Api
    database: DatabaseUrls

    @property
    def url(self) -> str:
        return self.service.url

    def key(self, user: UUID | None = None) -> str:
        """Return a new API key, of a new user where none is given."""
        owner = user or new_id()
        with psycopg.connect(self.database.admin, row_factory=dict_row) as connection:
            return issue_key(connection, owner, "test", DEFAULT_USER_PROFILES, scopes=list(Scope)).text

    def revoke(self, key: str) -> None:
        """Revoke the key."""
        with psycopg.connect(self.database.admin, row_factory=dict_row) as connection:
            api_keys.revoke(connection, EVERYTHING, api_keys.authenticate(connection, key).id)


@pytest.fixture(scope="package")
def api(stack: Stack) -> Iterator[Api]:
    """One a package: it takes as long to start as dozens of tests take. Each test has users of its own."""
    with stack.migrated() as database:
        environment = {**inherited_environment(), **stack.queues().environment, **database.functions_environment}
        port = free_port()
        service = services.Api(stack.logs / f"api-{port}.log", port, lambda: environment)
        service.start()
        try:
            yield Api(service, database)
        finally:
            service.stop()


@pytest.fixture(scope="module")
def owner(api: Api) -> Iterator[Owner]:
    with Owner(api.database.connector) as owner:
        yield owner


@pytest.fixture
def gateway(api: Api) -> Iterator[Gateway]:
    """The client of a new user."""
    with Gateway(api.url, api.key()) as gateway:
        yield gateway


@pytest.fixture
def make_connected(gateway: Gateway, owner: Owner) -> Callable[[], Session]:
    return partial(connected_session, gateway, owner)


def connected_session(gateway: Gateway, owner: Owner) -> Session:
    """A new session of the client's user."""
    session = gateway.create_session("office")
    session.connect()
    owner.scan(session.id)
    session.wait_until_connected(interval=0.05)
    return session
