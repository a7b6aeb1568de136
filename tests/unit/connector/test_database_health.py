"""What a worker knows of the database by what it asks."""

from __future__ import annotations

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from connector import database_health
from connector.database_health import DatabaseHealth


def _answered() -> DatabaseHealth:
    health = DatabaseHealth()
    with health.asking():
        pass
    return health


def test_before_the_first_answer_it_is_away() -> None:
    assert DatabaseHealth().latency is None
    latency = _answered().latency
    assert latency is not None and 0 <= latency < 10


@pytest.mark.parametrize("error", [psycopg.OperationalError, PoolTimeout])
def test_without_an_answer_it_is_away(error: type[psycopg.Error]) -> None:
    health = _answered()
    with pytest.raises(error), health.asking():
        raise error("no answer")
    assert health.latency is None


def test_what_the_server_refuses_is_an_answer() -> None:
    health = _answered()
    before = health.latency
    with pytest.raises(psycopg.errors.LockNotAvailable), health.asking():
        raise psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")
    assert health.latency == before


def test_while_an_answer_does_not_come_it_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    health = _answered()
    known = []
    with health.asking():
        known.append(health.latency)
        monkeypatch.setattr(database_health, "SILENCE_SECONDS", 0.0)
        known.append(health.latency)
    known.append(health.latency)
    assert [latency is not None for latency in known] == [True, False, True]
