"""The sockets to PostgreSQL, as the kernel has them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from connector.credentials import Credentials
from gateway.store import schema
from gateway.store.connecting import connect
from gateway.store.database import Database
from infra.local.database import DatabaseUrls

EXPECTED = {
    socket.SO_KEEPALIVE: (socket.SOL_SOCKET, 1),
    socket.TCP_KEEPIDLE: (socket.IPPROTO_TCP, 5),
    socket.TCP_KEEPINTVL: (socket.IPPROTO_TCP, 2),
    socket.TCP_KEEPCNT: (socket.IPPROTO_TCP, 3),
    socket.TCP_USER_TIMEOUT: (socket.IPPROTO_TCP, 10_000),
}


@contextmanager
def pooled(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.transaction() as connection:
        yield connection
    database.close()


def check(connection: psycopg.Connection[Any]) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as opened:
        assert opened.family in (socket.AF_INET, socket.AF_INET6)
        for option, (level, value) in EXPECTED.items():
            assert opened.getsockopt(level, option) == value, option


def test_a_pool(database: DatabaseUrls) -> None:
    with pooled(Database(database.functions)) as connection:
        check(connection)


def test_a_connection_that_bounds_its_waits_for_locks(database: DatabaseUrls) -> None:
    with pooled(Database(database.connector, direct=True, lock_seconds=1.5)) as connection:
        check(connection)
        assert connection.execute("SHOW lock_timeout").fetchone() == {"lock_timeout": "1500ms"}


def test_the_pool_of_whatsmeows_tables(database: DatabaseUrls) -> None:
    with Credentials(database.whatsmeow).connection() as connection:
        check(connection)


def test_a_connection_by_itself(database: DatabaseUrls) -> None:
    with connect(database.admin, tuple_row) as connection:
        check(connection)


def test_migrations(database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the connection that yoyo opens."""
    opened = []
    open_connection = psycopg.connect

    def remember(*arguments: Any, **options: Any) -> psycopg.Connection[Any]:
        connection = open_connection(*arguments, **options)
        opened.append(connection)
        check(connection)
        return connection

    monkeypatch.setattr(psycopg, "connect", remember)
    schema.migrate(database.admin)
    assert len(opened) >= 2
