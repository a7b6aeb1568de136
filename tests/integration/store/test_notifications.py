"""Waiting for notifications on a connection that does nothing else."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from gateway.store.connecting import connect, notifications
from infra.local.database import DatabaseUrls

Connection = psycopg.Connection[Any]
LONG = 30.0


@pytest.fixture
def speaking(database: DatabaseUrls) -> Iterator[Connection]:
    with connect(database.admin, tuple_row, autocommit=True) as connection:
        yield connection


@pytest.fixture
def hearing(database: DatabaseUrls) -> Iterator[Connection]:
    with connect(database.admin, tuple_row, autocommit=True) as connection:
        connection.execute("LISTEN news")
        yield connection


def test_what_is_notified_is_heard_in_its_order(speaking: Connection, hearing: Connection) -> None:
    heard = notifications(hearing, LONG)
    for payload in ("one", "two", "three"):
        speaking.execute("SELECT pg_notify('news', %s)", [payload])
        assert next(heard).payload == payload


def test_what_came_with_another_statement_is_heard(speaking: Connection, hearing: Connection) -> None:
    speaking.execute("NOTIFY news, 'early'")
    hearing.execute("SELECT 1")
    assert next(notifications(hearing, LONG)).payload == "early"


def test_the_end_of_the_connection_is_noticed(speaking: Connection, hearing: Connection) -> None:
    speaking.execute("SELECT pg_terminate_backend(%s)", [hearing.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        next(notifications(hearing, LONG))


def test_who_waits_sleeps(hearing: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    assert list(notifications(hearing, 1.0)) == []
    assert resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before < 8
